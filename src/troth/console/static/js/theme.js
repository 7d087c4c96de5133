// Which appearance, which zone? Both are kept as cookies, so that the server draws them at once.

const YEAR = 60 * 60 * 24 * 365;

function keep(name, value) {
  const age = value ? YEAR : 0;
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${age}; samesite=lax`;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-choice]");
  if (!button) return;
  const theme = button.dataset.themeChoice;
  keep("troth_theme", theme);
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  for (const other of document.querySelectorAll("[data-theme-choice]")) {
    other.setAttribute("aria-pressed", String(other === button));
  }
  document.dispatchEvent(new CustomEvent("troth:theme"));
});

// A name of the tz database holds no character that a cookie forbids.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`troth_zone=${zone}`)) {
  document.cookie = `troth_zone=${zone}; path=/; max-age=${YEAR}; samesite=lax`;
}
