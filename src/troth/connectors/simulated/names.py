"""What are the customers called, where do they live, and how do people misspell them?"""

from __future__ import annotations

import string
import unicodedata
from random import Random

SURNAMES = {
    "DE": "Müller Schäfer Köhler Brandt Vogel Jansen Petersen Krüger Weiß Hoffmann Lindner Böhm "
    "Seidel Kühn Behrens Ahrens Fuchs Thiele Groß Horn Kessler Löwe Steinbach Ritter Harms",
    "GB": "Whitfield Harrington Ashworth Clarke Bennett Hughes Pemberton Fletcher Doyle Marsh "
    "Thornton Ellis Barlow Kendall Osborne Sutcliffe Walsh Hargreaves Lowe Pritchard Stokes",
    "US": "Carter Delgado Nguyen Sullivan Brooks Peterson Alvarez Kowalski Reed Franklin Hayes "
    "Dawson Murphy Castillo Bishop Lawson Greer Whitaker Monroe Tran Holloway Vance Ramsey",
    "BR": "Silva Souza Almeida Araújo Gonçalves Ribeiro Carvalho Conceição Magalhães Teixeira "
    "Barbosa Nascimento Fonseca Moraes Figueiredo Rezende Brandão Assunção Pires Queiroz",
}
FORENAMES = {
    "DE": "Anna Jörg Katrin Lukas Sabine Björn Heike Matthias Nele Jürgen Frauke Tim Ulrike Sönke",
    "GB": "Oliver Charlotte George Amelia Harry Imogen Rhys Fiona Callum Beth Alistair Priya Ewan",
    "US": "Ashley Marcus Denise Tyler Maria Kevin Latoya Brandon Emily Jamal Heather Luis Megan",
    "BR": "João Mariana Thiago Letícia Rafael Beatriz José Patrícia André Luíza Caio Fernanda Iara",
}
TRADES = {
    "DE": "Metallbau Elektrotechnik Sanitär Werkzeuge Maschinenbau Gebäudetechnik Fördertechnik "
    "Gartenbau Holzbau Labortechnik Logistik Medizintechnik Kältetechnik Lichttechnik",
    "GB": "Engineering Electrical Supplies Fabrication Tooling Interiors Joinery Instruments "
    "Horticulture Packaging Lighting Plumbing Refrigeration Marine",
    "US": "Industrial Electric Supply Manufacturing Tool HVAC Packaging Instruments Builders "
    "Hardware Lighting Plumbing Controls Fabricators",
    "BR": "Metalúrgica Elétrica Ferramentas Engenharia Embalagens Refrigeração Iluminação "
    "Construções Hidráulica Máquinas Equipamentos Instrumentação",
}
FORMS = {
    "DE": ("GmbH", "GmbH & Co. KG", "AG", "KG", "e.K."),
    "GB": ("Ltd", "Limited", "PLC", "LLP"),
    "US": ("Inc.", "LLC", "Corp.", "Co."),
    "BR": ("Ltda.", "S.A.", "ME", "EIRELI"),
}
STREETS = {
    "DE": "Hauptstraße Bahnhofstraße Industriestraße Lindenweg Am-Hafen Gewerbering Schulstraße",
    "GB": "High-Street Station-Road Mill-Lane Victoria-Road Foundry-Lane Church-Street Park-Road",
    "US": "Main-Street Commerce-Drive Oak-Avenue Industrial-Parkway Elm-Street Harbor-Road",
    "BR": "Rua-das-Flores Avenida-Paulista Rua-Sete-de-Setembro Avenida-Brasil Rua-do-Comércio",
}
CITIES = {
    "DE": "Hamburg Bremen Köln München Düsseldorf Leipzig Nürnberg Lübeck Hannover Würzburg",
    "GB": "London Leeds Bristol Sheffield Norwich Cardiff Nottingham Exeter Reading Birmingham",
    "US": "Boston Philadelphia Hartford Buffalo Pittsburgh Baltimore Richmond Trenton Albany",
    "BR": "Campinas Curitiba Santos Sorocaba Londrina Joinville Jundiaí Guarulhos Blumenau",
}
ROLES = ("purchasing", "operations", "accounts payable", "owner", "maintenance", "store manager")
_CODE = {"DE": "49 40 5", "GB": "44 20 7", "US": "1 201 5", "BR": "55 11 3"}


def one_of(chance: Random, words: str) -> str:
    return chance.choice(words.split()).replace("-", " ")


def company_name(chance: Random, country: str) -> str:
    parts = [one_of(chance, SURNAMES[country]), one_of(chance, TRADES[country])]
    if chance.random() < 0.3:
        parts.insert(1, f"& {one_of(chance, SURNAMES[country])}")
    return f"{' '.join(parts)} {chance.choice(FORMS[country])}"


def person_name(chance: Random, country: str) -> str:
    return f"{one_of(chance, FORENAMES[country])} {one_of(chance, SURNAMES[country])}"


def street(chance: Random, country: str) -> str:
    number, name = chance.randint(1, 180), one_of(chance, STREETS[country])
    return f"{number} {name}" if country in ("GB", "US") else f"{name} {number}"


def postal_code(chance: Random, country: str) -> str:
    digits = f"{chance.randint(0, 99_999_999):08d}"
    if country == "GB":
        letters = [chance.choice("ABDEGHJLNPQRSTUWXYZ") for _ in range(4)]
        return f"{letters[0]}{letters[1]}{digits[0]} {digits[1]}{letters[2]}{letters[3]}"
    return f"{digits[:5]}-{digits[5:]}" if country == "BR" else digits[:5]


def tax_id(number: int, country: str) -> str:
    """A tax number that no other true customer has (not a valid one in the real world)."""
    digits = f"{(number * 7_919_377 + 104_729) % 1_000_000_000:09d}"
    if country == "US":
        return f"{digits[:2]}-{digits[2:]}"
    if country == "BR":
        return f"{digits[:2]}.{digits[2:5]}.{digits[5:8]}/000{digits[8]}-{number % 90 + 10}"
    return f"{country}{digits}"


def phone(number: int, country: str) -> str:
    """An international number that nobody else here has."""
    return f"+{_CODE[country]}{(number * 7_919 + 13) % 10_000_000:07d}"


def plain(text: str) -> str:
    """Letters without accents, as people type them into e-mail addresses."""
    for letter, pair in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.replace(letter, pair).replace(letter.upper(), pair.capitalize())
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def domain(name: str, number: int, country: str) -> str:
    """A mail domain of this customer alone, under the top level that RFC 2606 reserves."""
    word = "".join(letter for letter in plain(name.split()[0]).lower() if letter.isalnum())
    return f"{word}-{number:x}.{country.lower()}.example"


def mailbox(name: str) -> str:
    return ".".join(plain(name).lower().split())


def opaque(number: int, length: int) -> str:
    """A number as a fixed-length word of letters and digits that does not betray its order."""
    letters = string.digits + string.ascii_uppercase + string.ascii_lowercase
    size = len(letters) ** length
    left, word = (number * 900_000_011 + 123_457) % size, []  # coprime to 62: one word a number
    for _ in range(length):
        left, digit = divmod(left, len(letters))
        word.append(letters[digit])
    return "".join(word)


def typo(chance: Random, text: str) -> str:
    """One slip of the finger: swapped, dropped, doubled or wrong letter. Never the same text."""
    places = [
        at for at, letter in enumerate(text[:-1]) if letter.isalpha() and text[at + 1].isalpha()
    ]
    if not places:
        return text + text[-1:]
    at, slip = chance.choice(places), chance.randrange(4)
    if slip == 0 and text[at] != text[at + 1]:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if slip == 1:
        return text[:at] + text[at + 1 :]
    if slip == 2:
        return text[: at + 1] + text[at:]
    wrong = chance.choice([letter for letter in "aeinrst" if letter != text[at].lower()])
    return text[:at] + wrong + text[at + 1 :]


def variation(chance: Random, name: str) -> str:
    """The same company as another person would enter it."""
    words = name.split()
    way = chance.randrange(5)
    if way == 0:
        return plain(name)
    if way == 1:
        return name.upper()
    if way == 2 and len(words) > 2:
        return " ".join(words[:-1])
    if way == 3:
        return name.replace("&", "und" if "GmbH" in name else "and").replace(".", "")
    return f"{name} ({words[0]})"


def phone_variation(chance: Random, number: str) -> str:
    """The same telephone number in another notation."""
    code, area, rest = number.split()
    way = chance.randrange(4)
    if way == 0:
        return f"00{code[1:]}{area}{rest}"
    if way == 1:
        return f"{code} ({area}) {rest[:3]}-{rest[3:]}"
    if way == 2:
        return f"{code}{area}{rest}"
    return number
