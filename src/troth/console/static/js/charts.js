// How is a chart drawn from its spec, in the page's own colours, without eval?

const blocks = [...document.querySelectorAll("[data-chart]")];
const drawn = new Map();

function token(name) {
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  probe.style.color = `var(${name})`;
  // A canvas turns any colour into one that Vega can read.
  const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  context.fillStyle = getComputedStyle(probe).color;
  probe.remove();
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}

function colours() {
  const ink = token("--ink-2");
  return {
    background: "transparent",
    axis: { labelColor: ink, titleColor: ink, gridColor: token("--line"), tickColor: token("--line"), domainColor: token("--line") },
    title: { color: token("--ink"), subtitleColor: ink },
    text: { color: ink },
    legend: { labelColor: ink, titleColor: ink },
    range: { category: [token("--chart-1"), token("--chart-2"), token("--chart-3"), ink] },
    line: { color: token("--chart-1") },
    point: { color: token("--chart-1") },
    bar: { color: token("--chart-1") },
    rule: { color: ink },
  };
}

async function draw(block) {
  const spec = JSON.parse(document.getElementById(block.dataset.chart).textContent);
  drawn.get(block)?.finalize();
  const config = { ...spec.config };
  for (const [name, part] of Object.entries(colours())) {
    config[name] = typeof part === "object" && !Array.isArray(part) ? { ...config[name], ...part } : part;
  }
  const result = await window.vegaEmbed(block, { ...spec, config }, { actions: false, ast: true, defaultStyle: false, renderer: "svg", tooltip: false });
  drawn.set(block, result);
  const picture = block.querySelector("svg");
  picture?.setAttribute("aria-hidden", "true"); // the table beside it says the same
  picture?.removeAttribute("tabindex");
}

async function drawAll() {
  for (const block of blocks) await draw(block);
}

if (blocks.length) {
  const script = document.createElement("script");
  script.src = blocks[0].dataset.bundle;
  script.onload = drawAll;
  document.head.append(script);
  document.addEventListener("troth:theme", drawAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
}
