"""Which address shows which page?"""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, path, re_path

from troth.console.pages import (
    access,
    account,
    assets,
    audit,
    cases,
    customers,
    decisions,
    measures,
    orders,
    outbox,
    people,
    permissions,
    policies,
    replays,
    samples,
    search,
    second_factor,
    single_sign_on,
    sources,
    today,
    verdicts,
)

# A source key may hold any character that its system uses, so keys are taken as whole paths.
urlpatterns: list[URLPattern] = [
    path("", today.show, name="today"),
    path("sign-in", access.sign_in, name="sign_in"),
    path("sign-in/link/<str:token>", access.sign_in_link, name="sign_in_link"),
    path("sign-out", access.sign_out, name="sign_out"),
    path("account", account.show, name="account"),
    path("account/password", account.password, name="password"),
    path("account/second-factor", second_factor.set_up, name="second_factor"),
    path("account/second-factor/off", second_factor.turn_off, name="second_factor_off"),
    path("account/recovery-codes", second_factor.recovery_codes, name="recovery_codes"),
    path("account/sessions/end", account.end_session, name="end_session"),
    path("account/tokens", account.add_token, name="add_token"),
    path("account/tokens/<int:token_id>/revoke", account.end_token, name="end_token"),
    path("people", people.index, name="people"),
    path("people/<str:username>", people.one, name="person"),
    path("people/<str:username>/<str:verb>", people.act, name="person_act"),
    path("language", access.choose_language, name="language"),
    path("search", search.find, name="search"),
    path("customers", customers.index, name="customers"),
    path("customers/<str:customer_id>/timeline", customers.more_timeline, name="timeline"),
    path("customers/<path:customer_id>", customers.one, name="customer"),
    path("questions", customers.questions, name="questions"),
    path(
        "questions/<str:question_id>/keep-apart", verdicts.keep_customers_apart, name="keep_apart"
    ),
    path("orders", orders.index, name="orders"),
    path("orders/<path:key>", orders.one, name="order"),
    path("cases", cases.index, name="cases"),
    path("cases/<path:key>", cases.one, name="case"),
    path("decisions", decisions.index, name="decisions"),
    path("decisions/<str:decision_id>", decisions.one, name="decision"),
    path("decisions/<str:decision_id>/why", decisions.why, name="why"),
    path("decisions/<str:decision_id>/receipt.json", decisions.receipt, name="receipt"),
    path("shared/<str:digest>", decisions.shared, name="shared"),
    path("measures", measures.index, name="measures"),
    path("measures/<str:name>.<str:form>", measures.picture, name="picture"),
    path("measures/<str:name>", measures.one, name="measure"),
    path("policies", policies.index, name="policies"),
    path("policies/<str:policy_id>", policies.one, name="policy"),
    path("sources", sources.index, name="sources"),
    path("quarantine", sources.quarantine, name="quarantine"),
    path("quarantine/replay", replays.replay_all, name="replay_all"),
    path("quarantine/<int:row_id>/replay", replays.replay_one, name="replay_one"),
    path("quarantine/<int:row_id>", sources.one, name="quarantined"),
    path("audit", audit.index, name="audit"),
    path("audit/checkpoint", audit.checkpoint, name="audit_checkpoint"),
    path("audit/<int:index>", audit.one, name="audit_entry"),
    path("audit/<int:index>/prove", audit.prove, name="audit_prove"),
    path("access", permissions.index, name="access"),
    path("access/break", permissions.break_glass, name="break_glass"),
    path("access/restrict", permissions.restrict, name="restrict"),
    path("access/unrestrict", permissions.unrestrict, name="unrestrict"),
    path("access/name", permissions.name_person, name="name_person"),
    path("access/unname", permissions.unname_person, name="unname_person"),
    path("access/glasses/<str:glass_id>/review", permissions.review_glass, name="review_glass"),
    path("outbox", outbox.index, name="outbox"),
    path("outbox/of/<str:endpoint_id>/retry", outbox.retry_all, name="send_all"),
    path("outbox/<str:message_id>", outbox.one, name="message"),
    path("outbox/<str:message_id>/retry", outbox.retry_one, name="send_one"),
    re_path(r"^assets/(?P<name>[a-z]+)-(?P<release>[^/]+)\.js$", assets.bundled, name="asset"),
]
# Names that allauth asks for; its own pages are not there.
allauth_urlpatterns: list[URLPattern] = [
    path("sign-in", access.sign_in, name="account_login"),
    path("sign-in/code", second_factor.at_the_door, name="mfa_authenticate"),
    path("account/confirm", second_factor.confirm_password, name="account_reauthenticate"),
    path("account/confirm-code", second_factor.confirm_code, name="mfa_reauthenticate"),
    path("sign-in/with/<str:provider_id>", single_sign_on.leave, name="openid_connect_login"),
    path(
        "sign-in/with/<str:provider_id>/back",
        single_sign_on.come_back,
        name="openid_connect_callback",
    ),
]
if settings.DEBUG:
    urlpatterns.append(path("_parts", samples.show, name="parts"))
