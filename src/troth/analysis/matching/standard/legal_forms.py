"""Which words at the end of a company's name say what it is by law, in which country?

Facts as the Entity Legal Forms list (ISO 20275) has them, kept to forms in common use, with the
ways in which people write them. The first writing of each line is the form's name here.
"""

from __future__ import annotations

# Country (ISO 3166-1 alpha-2) → forms; writings of one form are apart by commas, folded.
LEGAL_FORMS: dict[str, tuple[str, ...]] = {
    "AE": ("fze", "fzco", "llc", "pjsc"),
    "AR": ("sa, sociedad anonima", "srl", "sas"),
    "AT": ("gmbh, ges m b h, gesmbh, gesellschaft mit beschrankter haftung", "ag", "og", "kg",
           "eu, e u"),
    "AU": ("pty ltd, pty limited, proprietary limited, pty", "ltd, limited"),
    "BE": ("bv, bvba, sprl, srl", "nv, sa", "cv, cvba, scrl"),
    "BR": ("ltda, limitada", "sa, s a", "eireli", "me"),
    "CA": ("inc, incorporated, incorporee", "ltd, limited, ltee, limitee", "corp, corporation",
           "ulc"),
    "CH": ("ag, sa", "gmbh, sarl, sagl"),
    "CN": ("co ltd, company limited, co limited", "ltd"),
    "CZ": ("sro, s r o, spol s r o", "as, a s", "vos, v o s", "ks, k s"),
    "DE": ("gmbh and co kgaa", "gmbh and co kg, gmbh co kg, gmbh cokg, gmbh und co kg",
           "ag and co kg, ag co kg", "ug and co kg, ug haftungsbeschrankt and co kg",
           "gmbh, g m b h, mbh, gesellschaft mit beschrankter haftung", "ggmbh",
           "ug, ug haftungsbeschrankt, unternehmergesellschaft",
           "ag, aktiengesellschaft", "kgaa", "kg, kommanditgesellschaft",
           "ohg, offene handelsgesellschaft", "gbr", "eg, e g, eingetragene genossenschaft",
           "ev, e v", "ek, e k, e kfm, e kfr", "se"),
    "DK": ("aps, anpartsselskab", "as, a s, aktieselskab", "is, i s", "ks, k s"),
    "ES": ("sl, s l, sociedad limitada", "slu, s l u", "sa, s a, sociedad anonima", "sau",
           "sll", "scoop, s coop"),
    "FI": ("oy, osakeyhtio", "oyj", "ky", "ab"),
    "FR": ("sarl, s a r l, societe a responsabilite limitee", "sas, s a s", "sasu",
           "sa, s a, societe anonyme", "eurl", "snc", "sci", "scop"),
    "GB": ("plc, public limited company", "ltd, limited, co ltd, company limited",
           "llp, limited liability partnership", "lp", "cic"),
    "HU": ("kft", "zrt", "nyrt", "bt"),
    "IE": ("dac", "ltd, limited, teo, teoranta", "plc", "clg, ulc"),
    "IN": ("pvt ltd, private limited, pvt limited, private ltd, p ltd", "ltd, limited", "llp"),
    "IT": ("srl, s r l", "srls", "spa, s p a", "snc, s n c", "sas, s a s", "scarl"),
    "JP": ("kk, k k, kabushiki kaisha", "gk, godo kaisha", "co ltd", "yk"),
    "LU": ("sarl", "sa", "scs", "sca"),
    "MX": ("sa de cv, s a de c v, sociedad anonima de capital variable",
           "s de rl de cv, s de r l de c v, s de rl", "sapi de cv", "sa"),
    "NL": ("bv, b v, besloten vennootschap", "nv, n v, naamloze vennootschap", "vof, v o f", "cv",
           "cooperatie ua"),
    "NO": ("as, a s", "asa", "ans", "enk"),
    "PL": ("sp z o o sp k, sp z oo sp k", "sp z o o, sp z oo, spzoo, spolka z o o", "sa, s a",
           "sp j", "sp k"),
    "PT": ("lda, limitada, ltda", "sa, s a", "unipessoal lda"),
    "RO": ("srl, s r l", "sa, s a"),
    "RU": ("ooo, ооо", "oao, оао", "pao, пао", "zao, зао", "ao, ао"),
    "SE": ("ab, aktiebolag, aktiebolaget", "hb", "kb"),
    "SG": ("pte ltd, pte limited, private limited", "llp"),
    "SK": ("sro, s r o", "as, a s"),
    "TR": ("as, a s, anonim sirketi", "ltd sti, limited sirketi"),
    "UA": ("tov, тов", "pat, пат"),
    "US": ("llc, l l c, limited liability company", "inc, incorporated", "corp, corporation",
           "co, company", "ltd, limited", "llp", "lp", "pc", "pllc", "na"),
    "ZA": ("pty ltd, proprietary limited", "cc", "npc"),
}  # fmt: skip
# Forms that some countries write before the name.
LEADING = frozenset(
    {"ooo", "oao", "pao", "zao", "ao", "tov", "pat", "pt", "ab", "as", "cv", "ud"}
) | {"ооо", "оао", "пао", "зао", "ао", "тов", "пат"}
