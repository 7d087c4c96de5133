// How does the palette choose among what it found? Arrow keys and Enter, as in a combobox.

const dialog = document.getElementById("palette");
const ask = document.getElementById("palette-ask");
const found = document.getElementById("palette-found");

function options() {
  return [...found.querySelectorAll("[role='option']")];
}

function choose(index) {
  const all = options();
  all.forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
  const chosen = all[index];
  if (chosen) {
    ask.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  } else {
    ask.removeAttribute("aria-activedescendant");
  }
}

dialog.addEventListener("troth:opened", () => {
  ask.value = "";
  ask.focus();
  window.htmx.trigger(ask, "open");
});

found.addEventListener("htmx:afterSwap", () => choose(0));

ask.addEventListener("keydown", (event) => {
  const all = options();
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown") choose((at + 1) % all.length);
  else if (event.key === "ArrowUp") choose((at - 1 + all.length) % all.length);
  else if (event.key === "Enter") all[at]?.click();
  else return;
  event.preventDefault();
});
