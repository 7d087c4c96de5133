// What is wrong with a table that is being typed: asked on each pause, marked where it stands.

// The cell of a rule, from 0, in a column; column 0 is the rule's number.
export function cellOf(frame, row, column) {
  return row < 0 ? undefined : frame.firstElementChild?.children[row + 1]?.children[column];
}

// Marks name lines and columns of the sheet: [line, column, sentence] of a cell, [lines, isHint,
// sentence] of rules. A rule has its mark at its number and, in words, at its end.
export function showMarks(frame, sheet, marks) {
  for (const cell of frame.querySelectorAll("[aria-invalid], [data-tone]")) {
    if (cell.matches("input")) continue;
    cell.removeAttribute("aria-invalid");
    cell.removeAttribute("title");
    delete cell.dataset.tone;
    delete cell.dataset.told;
    if (cell.matches(".sheet-found")) cell.textContent = "";
  }
  const marked = (line, column) => cellOf(frame, line - sheet.heads.length, column);
  const tell = (cell, sentence, tone) => {
    if (!cell) return;
    cell.dataset.told = cell.dataset.told ? `${cell.dataset.told} ${sentence}` : sentence;
    cell.dataset.tone = cell.dataset.tone === "watch" ? "watch" : tone;
    cell.title = cell.dataset.told;
    if (cell.matches(".sheet-found")) cell.textContent = cell.dataset.told;
  };
  for (const [line, column, sentence] of marks.cells) {
    const cell = marked(line, column);
    tell(cell, sentence, "bad");
    cell?.setAttribute("aria-invalid", "true");
  }
  for (const [lines, isHint, sentence] of marks.rows) {
    for (const line of lines) {
      for (const column of [0, sheet.width]) tell(marked(line, column), sentence, isHint ? "info" : "watch");
    }
  }
}

// In words, under the cell that is looked at.
export function showTip(frame, cell) {
  const tip = document.getElementById("sheet-tip");
  for (const other of frame.querySelectorAll("[aria-describedby]")) other.removeAttribute("aria-describedby");
  tip.hidden = !cell?.dataset.told || cell.matches(".sheet-found");
  if (tip.hidden) return;
  tip.textContent = cell.dataset.told;
  tip.dataset.tone = cell.dataset.tone;
  cell.setAttribute("aria-describedby", "sheet-tip");
  const at = cell.getBoundingClientRect();
  const from = frame.getBoundingClientRect();
  const right = frame.clientWidth - tip.offsetWidth - 4;
  tip.style.top = `${at.bottom - from.top + frame.scrollTop + 2}px`;
  tip.style.left = `${Math.max(0, Math.min(right, at.left - from.left)) + frame.scrollLeft}px`;
}

const PAUSE = 400; // milliseconds after the last key; longer where a check takes longer

export class Checks {
  #timer = 0;
  #asked = null;
  #took = 0;

  constructor(form, side, onFound) {
    Object.assign(this, { form, side, onFound });
    this.status = document.getElementById("sheet-status");
    this.words = document.getElementById("table-sheet")?.dataset ?? {};
  }

  soon() {
    this.stop();
    this.#say(this.words.wordChecking);
    this.#timer = setTimeout(() => this.now(), Math.max(PAUSE, this.#took));
  }

  stop() {
    clearTimeout(this.#timer);
    this.#asked?.abort();
  }

  #say(text) {
    if (this.status) this.status.textContent = text;
  }

  async now() {
    this.stop();
    const own = this.#asked = new AbortController();
    const body = new FormData(this.form);
    body.set("verb", "check");
    this.#say(this.words.wordChecking);
    const began = performance.now();
    try {
      const answer = await fetch(this.form.action, {
        method: "POST", body, signal: own.signal, headers: { Accept: "application/json" },
      });
      this.#took = performance.now() - began;
      const isAnswer = answer.headers.get("Content-Type")?.includes("json");
      if (isAnswer) this.#show(await answer.json());
      else this.#say(answer.redirected || answer.status === 403 ? this.words.wordSignedOut : this.words.wordOffline);
    } catch (error) {
      if (error.name !== "AbortError") this.#say(this.words.wordOffline);
    }
  }

  #show(found) {
    this.side.innerHTML = found.side;
    for (const hint of this.form.querySelectorAll("[data-fault]")) {
      const typed = this.form.elements[hint.dataset.fault];
      const text = typed.value ? (found.faults[hint.dataset.fault] ?? "") : "";
      hint.textContent = text;
      hint.hidden = !text;
      if (text) typed.setAttribute("aria-invalid", "true");
      else typed.removeAttribute("aria-invalid");
    }
    const rows = new Set(found.rows.flatMap(([lines, isHint]) => (isHint ? [] : lines))).size;
    const cells = found.cells.length;
    const { wordFound, wordRows, wordGood } = this.words;
    this.#say(cells || rows ? `${wordFound} ${cells}, ${wordRows} ${rows}` : wordGood);
    this.onFound(found);
  }
}
