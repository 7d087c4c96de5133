// Which section of a record is in view, and which tab is open on a phone?

const record = document.querySelector(".record");
const links = [...document.querySelectorAll(".sections a[href^='#']")];

function mark(id) {
  for (const link of links) {
    if (link.hash === `#${id}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

if (links.length) {
  const seen = new Map();
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) seen.set(entry.target.id, entry.isIntersecting);
    const first = links.find((link) => seen.get(link.hash.slice(1)));
    if (first) mark(first.hash.slice(1));
  }, { rootMargin: "-64px 0px -60% 0px" });
  for (const link of links) {
    const section = document.getElementById(link.hash.slice(1));
    if (section) observer.observe(section);
  }
}

for (const tab of document.querySelectorAll("[data-tab-choice]")) {
  tab.addEventListener("click", () => {
    record.dataset.tab = tab.dataset.tabChoice;
    for (const other of document.querySelectorAll("[data-tab-choice]")) {
      other.setAttribute("aria-pressed", String(other === tab));
    }
  });
}
