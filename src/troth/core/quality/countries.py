"""Which country is meant: an ISO 3166-1 alpha-2 code, or a name?"""

from __future__ import annotations

import re
import unicodedata

# Codes of ISO 3166-1 with English short names, and some names that countries have for themselves.
_TOLD = """\
AD Andorra|AE United Arab Emirates|AF Afghanistan|AG Antigua and Barbuda|AI Anguilla|AL Albania
AM Armenia|AO Angola|AQ Antarctica|AR Argentina|AS American Samoa|AT Austria,Österreich|AU Australia
AW Aruba|AX Åland Islands|AZ Azerbaijan|BA Bosnia and Herzegovina|BB Barbados|BD Bangladesh
BE Belgium,België,Belgique,Belgien|BF Burkina Faso|BG Bulgaria|BH Bahrain|BI Burundi|BJ Benin
BL Saint Barthélemy|BM Bermuda|BN Brunei,Brunei Darussalam|BO Bolivia|BQ Bonaire|BR Brazil,Brasil
BS Bahamas|BT Bhutan|BV Bouvet Island|BW Botswana|BY Belarus|BZ Belize|CA Canada,Kanada
CC Cocos Islands|CD Democratic Republic of the Congo|CF Central African Republic|CG Congo
CH Switzerland,Schweiz,Suisse,Svizzera|CI Côte d'Ivoire,Ivory Coast|CK Cook Islands|CL Chile
CM Cameroon|CN China|CO Colombia|CR Costa Rica|CU Cuba|CV Cabo Verde,Cape Verde|CW Curaçao
CX Christmas Island|CY Cyprus|CZ Czechia,Czech Republic,Česko|DE Germany,Deutschland,Allemagne
DJ Djibouti|DK Denmark,Danmark,Dänemark|DM Dominica|DO Dominican Republic|DZ Algeria|EC Ecuador
EE Estonia,Eesti|EG Egypt|EH Western Sahara|ER Eritrea|ES Spain,España,Spanien|ET Ethiopia
FI Finland,Suomi,Finnland|FJ Fiji|FK Falkland Islands|FM Micronesia|FO Faroe Islands
FR France,Frankreich|GA Gabon
GB United Kingdom,United Kingdom of Great Britain and Northern Ireland,Great Britain,England,\
Scotland,Wales,Northern Ireland,Großbritannien
GD Grenada|GE Georgia|GF French Guiana|GG Guernsey|GH Ghana|GI Gibraltar|GL Greenland|GM Gambia
GN Guinea|GP Guadeloupe|GQ Equatorial Guinea|GR Greece,Griechenland
GS South Georgia and the South Sandwich Islands|GT Guatemala|GU Guam|GW Guinea-Bissau|GY Guyana
HK Hong Kong|HM Heard Island and McDonald Islands|HN Honduras|HR Croatia,Hrvatska|HT Haiti
HU Hungary,Magyarország,Ungarn|ID Indonesia|IE Ireland,Irland,Éire|IL Israel|IM Isle of Man
IN India,Indien|IO British Indian Ocean Territory|IQ Iraq|IR Iran|IS Iceland,Ísland
IT Italy,Italia,Italien|JE Jersey|JM Jamaica|JO Jordan|JP Japan|KE Kenya|KG Kyrgyzstan|KH Cambodia
KI Kiribati|KM Comoros|KN Saint Kitts and Nevis|KP North Korea|KR South Korea,Republic of Korea
KW Kuwait|KY Cayman Islands|KZ Kazakhstan|LA Laos|LB Lebanon|LC Saint Lucia|LI Liechtenstein
LK Sri Lanka|LR Liberia|LS Lesotho|LT Lithuania,Lietuva|LU Luxembourg,Luxemburg|LV Latvia,Latvija
LY Libya|MA Morocco|MC Monaco|MD Moldova|ME Montenegro|MF Saint Martin|MG Madagascar
MH Marshall Islands|MK North Macedonia|ML Mali|MM Myanmar|MN Mongolia|MO Macao,Macau
MP Northern Mariana Islands|MQ Martinique|MR Mauritania|MS Montserrat|MT Malta|MU Mauritius
MV Maldives|MW Malawi|MX Mexico,México,Mexiko|MY Malaysia|MZ Mozambique|NA Namibia
NC New Caledonia|NE Niger|NF Norfolk Island|NG Nigeria|NI Nicaragua
NL Netherlands,The Netherlands,Nederland,Niederlande,Holland|NO Norway,Norge,Norwegen|NP Nepal
NR Nauru|NU Niue|NZ New Zealand|OM Oman|PA Panama|PE Peru|PF French Polynesia
PG Papua New Guinea|PH Philippines|PK Pakistan|PL Poland,Polska,Polen|PM Saint Pierre and Miquelon
PN Pitcairn|PR Puerto Rico|PS Palestine|PT Portugal|PW Palau|PY Paraguay|QA Qatar|RE Réunion
RO Romania,România,Rumänien|RS Serbia,Srbija|RU Russia,Russian Federation,Russland|RW Rwanda
SA Saudi Arabia|SB Solomon Islands|SC Seychelles|SD Sudan|SE Sweden,Sverige,Schweden|SG Singapore
SH Saint Helena|SI Slovenia,Slovenija|SJ Svalbard and Jan Mayen|SK Slovakia,Slovensko
SL Sierra Leone|SM San Marino|SN Senegal|SO Somalia|SR Suriname|SS South Sudan
ST Sao Tome and Principe|SV El Salvador|SX Sint Maarten|SY Syria|SZ Eswatini
TC Turks and Caicos Islands|TD Chad|TF French Southern Territories|TG Togo|TH Thailand
TJ Tajikistan|TK Tokelau|TL Timor-Leste|TM Turkmenistan|TN Tunisia|TO Tonga
TR Türkiye,Turkey,Türkei|TT Trinidad and Tobago|TV Tuvalu|TW Taiwan|TZ Tanzania
UA Ukraine,Україна|UG Uganda|UM United States Minor Outlying Islands
US United States,USA,United States of America,U.S.A.,Vereinigte Staaten|UY Uruguay|UZ Uzbekistan
VA Holy See,Vatican City|VC Saint Vincent and the Grenadines|VE Venezuela
VG British Virgin Islands|VI United States Virgin Islands|VN Vietnam,Viet Nam|VU Vanuatu
WF Wallis and Futuna|WS Samoa|YE Yemen|YT Mayotte|ZA South Africa|ZM Zambia|ZW Zimbabwe"""
_LETTERS = re.compile(r"[\W\d_]+")
_ALSO = {"uk": "GB", "el": "GR"}  # reserved for the one; the other is that of VAT numbers


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return _LETTERS.sub("", "".join(sign for sign in apart if not unicodedata.combining(sign)))


def _names() -> dict[str, str]:
    found = dict(_ALSO)
    for country in _TOLD.replace("\n", "|").split("|"):
        code, _, names = country.partition(" ")
        found[code.casefold()] = code
        found |= {_folded(name): code for name in names.split(",")}
    return found


_CODES = _names()


def country_code(text: str) -> str | None:
    """ "de" and "Deutschland" → "DE"; None where neither code nor name is known here."""
    return _CODES.get(_folded(text))
