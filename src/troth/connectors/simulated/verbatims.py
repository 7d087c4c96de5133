"""What do customers say? Sentences from templates, in English, German and Portuguese."""

from __future__ import annotations

from random import Random

_OPENINGS = {
    "en": {
        "good": "Great service.|Very happy.|Thanks a lot!|All good, as usual.|Impressed again.",
        "mixed": "It was all right.|Mostly fine.|Okay, but not great.|Average this time.",
        "bad": "Disappointed.|Not acceptable.|We expected better.|This was frustrating.|Again!",
    },
    "de": {
        "good": "Sehr zufrieden.|Top Service.|Vielen Dank!|Alles bestens, wie immer.|Gerne wieder.",
        "mixed": "War in Ordnung.|Weitgehend okay.|Geht so.|Diesmal nur durchschnittlich.",
        "bad": "Enttäuschend.|Das geht so nicht.|Wir hatten mehr erwartet.|Sehr ärgerlich.",
    },
    "pt": {
        "good": "Ótimo atendimento.|Muito satisfeitos.|Muito obrigado!|Tudo certo, como sempre.",
        "mixed": "Foi razoável.|Quase tudo certo.|Regular desta vez.|Poderia ser melhor.",
        "bad": "Decepcionante.|Inaceitável.|Esperávamos mais.|Ficamos muito frustrados.",
    },
}
_BODIES = {
    "en": {
        "delivery good": "The order arrived {when} and was well packed.|Delivery was {when}.",
        "delivery bad": "The delivery came {days} days late and nobody told us.|"
        "We had to stop work for {days} days because the goods were not there.|"
        "Your date was wrong by {days} days.",
        "desk good": "{agent} solved it in one go.|Quick and friendly answer from {agent}.",
        "desk bad": "It took {days} days to get an answer.|We had to explain the problem twice.|"
        "Nobody called back.",
    },
    "de": {
        "delivery good": "Die Lieferung kam {when} und war gut verpackt.|Geliefert wurde {when}.",
        "delivery bad": "Die Lieferung kam {days} Tage zu spät, ohne jede Nachricht.|"
        "Wir standen {days} Tage ohne Ware da.|Der genannte Termin war um {days} Tage falsch.",
        "desk good": "{agent} hat es sofort gelöst.|Schnelle und freundliche Antwort von {agent}.",
        "desk bad": "Wir haben {days} Tage auf eine Antwort gewartet.|"
        "Wir mussten alles zweimal erklären.|Der Rückruf blieb aus.",
    },
    "pt": {
        "delivery good": "O pedido chegou {when} e bem embalado.|A entrega foi {when}.",
        "delivery bad": "A entrega atrasou {days} dias e ninguém avisou.|"
        "Ficamos {days} dias parados sem a mercadoria.|O prazo informado errou por {days} dias.",
        "desk good": "{agent} resolveu tudo de primeira.|Resposta rápida e gentil de {agent}.",
        "desk bad": "Esperamos {days} dias por uma resposta.|"
        "Tivemos que explicar o problema duas vezes.|Ninguém retornou a ligação.",
    },
}
_ENDINGS = {
    "en": {
        "good": "|We will order again.|Keep it up.",
        "mixed": "|Please keep us informed next time.",
        "bad": "|We are looking at other suppliers.|Please fix this.|Last chance.",
    },
    "de": {
        "good": "|Wir bestellen wieder.|Weiter so.",
        "mixed": "|Bitte informieren Sie uns nächstes Mal.",
        "bad": "|Wir sehen uns nach anderen Lieferanten um.|Bitte abstellen.|Letzte Chance.",
    },
    "pt": {
        "good": "|Vamos pedir de novo.|Continuem assim.",
        "mixed": "|Por favor, avisem na próxima vez.",
        "bad": "|Estamos procurando outros fornecedores.|Resolvam isso.|Última chance.",
    },
}
_WHEN = {
    "en": "on time|a day early|right on the day|sooner than we thought",
    "de": "pünktlich|einen Tag früher|genau am zugesagten Tag|schneller als gedacht",
    "pt": "no prazo|um dia antes|no dia combinado|mais rápido do que esperávamos",
}
_SUBJECTS = {
    "en": {
        "where_is_my_order": "Where is order {order}?|No news about {order}",
        "late_delivery": "Order {order} came late|Complaint: late delivery {order}",
        "damaged_goods": "Goods damaged in {order}|Broken on arrival: {order}",
        "invoice_question": "Question about the invoice for {order}|Wrong amount, {order}?",
        "product_question": "Question about a product|Does it fit?",
        "return_request": "Return of goods from {order}|Please take back {order}",
    },
    "de": {
        "where_is_my_order": "Wo bleibt Auftrag {order}?|Keine Nachricht zu {order}",
        "late_delivery": "Auftrag {order} kam zu spät|Reklamation: verspätet, {order}",
        "damaged_goods": "Ware beschädigt, {order}|Bruch bei Anlieferung {order}",
        "invoice_question": "Frage zur Rechnung {order}|Falscher Betrag, {order}?",
        "product_question": "Frage zu einem Artikel|Passt das Teil?",
        "return_request": "Rücksendung aus {order}|Bitte {order} zurücknehmen",
    },
    "pt": {
        "where_is_my_order": "Onde está o pedido {order}?|Sem notícias do pedido {order}",
        "late_delivery": "Pedido {order} chegou atrasado|Reclamação: atraso no {order}",
        "damaged_goods": "Mercadoria danificada no {order}|Avaria na entrega {order}",
        "invoice_question": "Dúvida sobre a fatura do {order}|Valor errado, {order}?",
        "product_question": "Dúvida sobre um produto|Serve na máquina?",
        "return_request": "Devolução do pedido {order}|Favor aceitar de volta o {order}",
    },
}


def _one(chance: Random, choices: str) -> str:
    return chance.choice(choices.split("|"))


def subject(chance: Random, language: str, category: str, order: str) -> str:
    """A case in a line."""
    return _one(chance, _SUBJECTS[language][category]).format(order=order)


def comment(
    chance: Random, language: str, mood: str, *, topic: str, days: int, agent: str = "?"
) -> str:
    """What somebody writes below a score; `mood` good, mixed or bad, `topic` delivery or desk."""
    parts = [_one(chance, _OPENINGS[language][mood])]
    if mood != "mixed" or chance.random() < 0.4:
        body = _BODIES[language][f"{topic} {'bad' if mood == 'bad' else 'good'}"]
        when = _one(chance, _WHEN[language])
        parts.append(_one(chance, body).format(when=when, days=max(2, days), agent=agent))
    parts.append(_one(chance, _ENDINGS[language][mood]))
    return " ".join(part for part in parts if part)
