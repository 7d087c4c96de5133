// Which columns does this reader hide, and how is progress shown while a list is fetched?

const progress = document.getElementById("progress");

function hidden(list) {
  try {
    return new Set(JSON.parse(localStorage.getItem(`troth:hidden:${list}`) ?? "[]"));
  } catch {
    return new Set();
  }
}

function apply() {
  for (const chooser of document.querySelectorAll("[data-chooser]")) {
    const off = hidden(chooser.dataset.chooser);
    for (const box of chooser.querySelectorAll("input")) box.checked = !off.has(box.value);
    for (const cell of document.querySelectorAll("#list [data-col]")) {
      cell.hidden = off.has(cell.dataset.col);
    }
  }
}

document.addEventListener("change", (event) => {
  const chooser = event.target.closest("[data-chooser]");
  if (!chooser) return;
  event.stopPropagation();
  const off = [...chooser.querySelectorAll("input:not(:checked)")].map((box) => box.value);
  localStorage.setItem(`troth:hidden:${chooser.dataset.chooser}`, JSON.stringify(off));
  apply();
}, true);

document.body.addEventListener("htmx:beforeRequest", () => progress?.classList.add("is-busy"));
document.body.addEventListener("htmx:afterRequest", () => progress?.classList.remove("is-busy"));
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "list") {
    apply();
    const export_ = document.querySelector("[data-csv]");
    const fresh = document.querySelector("#list [data-csv-href]");
    if (export_ && fresh) export_.href = fresh.dataset.csvHref;
  }
});

// A htmx answer that is a page of its own (a refusal, a fault) is shown whole.
document.body.addEventListener("htmx:responseError", (event) => {
  const { xhr, pathInfo, requestConfig } = event.detail;
  if (requestConfig.verb === "get" && xhr.status >= 400) location.assign(pathInfo.finalRequestPath);
});

apply();
