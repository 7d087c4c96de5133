// How does the "Why?" panel open beside what it explains, and give the focus back?

const panel = document.getElementById("why");
let opener = null;

document.addEventListener("click", (event) => {
  const mark = event.target.closest("[data-why]");
  if (mark) opener = mark;
});

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== panel) return;
  if (!panel.open) panel.show();
  panel.querySelector("[data-close]")?.focus();
});

panel?.addEventListener("close", () => {
  if (opener?.isConnected) opener.focus();
  opener = null;
});
