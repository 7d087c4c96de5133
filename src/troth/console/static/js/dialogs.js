// How do dialogs open and close? [data-open="id"] opens, [data-close] closes its own.

let opener = null;

export function openDialog(id, from) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  opener = from ?? document.activeElement;
  dialog.showModal();
  dialog.dispatchEvent(new CustomEvent("troth:opened"));
}

document.addEventListener("click", (event) => {
  const open = event.target.closest("[data-open]");
  if (open) {
    open.closest("details.menu")?.removeAttribute("open");
    openDialog(open.dataset.open, open);
    return;
  }
  if (event.target.closest("[data-close]")) {
    event.target.closest("dialog")?.close();
    return;
  }
  // A click on the backdrop lands on the dialog itself.
  if (event.target instanceof HTMLDialogElement && event.target.matches(":modal")) {
    const box = event.target.getBoundingClientRect();
    const isInside =
      event.clientX >= box.left && event.clientX <= box.right &&
      event.clientY >= box.top && event.clientY <= box.bottom;
    if (!isInside) event.target.close();
  }
  for (const menu of document.querySelectorAll("details.menu[open], details.chooser[open]")) {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  }
});

for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("close", () => {
    if (opener?.isConnected) opener.focus();
    opener = null;
  });
}
