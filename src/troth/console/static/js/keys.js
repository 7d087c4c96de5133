// Which keys do what, all day?

import { openDialog } from "./dialogs.js";

let isGoing = false;
let goTimer = 0;

function isTyping(target) {
  return target.closest?.("input, textarea, select, [contenteditable]") !== null;
}

function rows() {
  return [...document.querySelectorAll("table.grid tbody tr[data-row]")];
}

function current() {
  return document.querySelector("tr[data-at]");
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))];
  current()?.removeAttribute("data-at");
  next.setAttribute("data-at", "");
  next.querySelector("a.main")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function go(key) {
  document.querySelector(`.shell [data-go="${CSS.escape(key)}"]`)?.click();
}

function back() {
  const up = document.querySelector("a[rel~='up']");
  if (!up) return;
  // Where the reader came from its own list, go back to it as it was filtered.
  const cameFrom = document.referrer && new URL(document.referrer);
  const isList = cameFrom && cameFrom.origin === location.origin && cameFrom.pathname === up.pathname;
  if (isList) history.back();
  else up.click();
}

const PLAIN = {
  j: () => step(1),
  k: () => step(-1),
  w: () => (current() ?? document).querySelector("[data-why]")?.click(),
  "/": () => document.querySelector("[data-list-search]")?.focus(),
  "?": () => openDialog("keys"),
  "]": () => document.querySelector(".pager a[rel='next']")?.click(),
  "[": () => document.querySelector(".pager a[rel='prev']")?.click(),
};

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openDialog("palette");
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog:modal")) return;
  if (event.key === "Escape") {
    const why = document.getElementById("why");
    const menu = document.querySelector("details.menu[open], details.chooser[open]");
    if (why?.open) why.close();
    else if (menu) menu.removeAttribute("open");
    else if (isTyping(event.target)) event.target.blur();
    else back();
    return;
  }
  if (isTyping(event.target)) return;
  if (isGoing) {
    isGoing = false;
    clearTimeout(goTimer);
    go(event.key);
    return;
  }
  if (event.key === "g") {
    isGoing = true;
    goTimer = setTimeout(() => { isGoing = false; }, 1200);
    return;
  }
  const own = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (own) {
    event.preventDefault();
    if (own.matches("input, textarea")) own.focus();
    else own.click();
    return;
  }
  const act = PLAIN[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});
