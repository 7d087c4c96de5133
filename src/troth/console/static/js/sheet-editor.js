// How is a decision table typed as in a program for sheets, and checked on each pause?

import { cellOf, Checks, showMarks, showTip } from "./sheet-checks.js";
import { cellsOf, FIRST, Sheet, textOf } from "./sheet.js";

const form = document.getElementById("policy-form");
const field = document.getElementById("table");
const frame = document.getElementById("table-sheet");
const side = document.getElementById("sheet-side");
const known = JSON.parse(form.dataset.columns);
const words = frame?.dataset ?? {};
const sheet = frame && new Sheet(field.value);
const NUMBER = 0; // the column of a rule's number; then its id, then the table's own, then what was found
let active = { row: 0, column: FIRST };
let anchor = { ...active };
let input = null; // while a cell is edited
let isDirty = "refused" in form.dataset;
let isLeaving = false; // after Escape, Tab goes on to what follows the table
const NO_MARKS = { cells: [], rows: [] };
let marks = NO_MARKS;
const checks = new Checks(form, side, (found) => {
  if (!frame) return;
  marks = found;
  showMarks(frame, sheet, marks);
  if (frame.contains(document.activeElement) && !input) showTip(frame, cellAt(active.row, active.column));
});

const make = (role, className, text = "") =>
  Object.assign(document.createElement("div"), { role, className, textContent: text });
const clamp = (at, most) => Math.max(0, Math.min(most, at));
const cellAt = (row, column) => cellOf(frame, row, column);
const box = () => ({
  top: Math.min(active.row, anchor.row), bottom: Math.max(active.row, anchor.row),
  left: Math.max(1, Math.min(active.column, anchor.column)), right: Math.max(active.column, anchor.column),
});

// What stands there

function headOf(column) {
  const cell = make("columnheader", "sheet-head");
  const kind = sheet.kind(column);
  const about = known[`${kind}:${sheet.name(column)}`];
  const top = document.createElement("span");
  top.textContent = kind === "note" ? words.wordNote : (about?.label ?? sheet.name(column));
  const hint = document.createElement("small");
  hint.textContent = kind === "note" ? "" : `${kind === "input" ? words.wordInput : words.wordOutput} · ${about?.hint ?? ""}`;
  cell.title = about?.about ?? sheet.name(column);
  cell.dataset.kind = kind;
  cell.append(top, hint);
  return cell;
}

function rowOf(row, at, number) {
  const line = make("row", "sheet-row");
  line.dataset.row = at;
  line.ariaRowIndex = at + 2;
  const first = make("rowheader", "sheet-number", number);
  line.append(first);
  for (let column = 1; column < sheet.width; column += 1) {
    const cell = make("gridcell", column === 1 ? "sheet-id" : "sheet-cell", row[column]);
    cell.dataset.kind = sheet.kind(column);
    line.append(cell);
  }
  line.append(make("gridcell", "sheet-found"));
  for (const cell of line.children) cell.tabIndex = -1;
  return line;
}

function render() {
  const isEmpty = sheet.width === FIRST;
  document.querySelector(".sheet-empty").hidden = !isEmpty;
  for (const part of document.querySelectorAll(".sheet-help, [data-of-table]")) part.hidden = isEmpty;
  frame.hidden = isEmpty;
  const hit = document.querySelector("[data-hit]");
  if (![...hit.options].some((option) => option.value === sheet.hit)) hit.add(new Option(sheet.hit));
  hit.value = sheet.hit;
  const head = make("row", "sheet-row sheet-top");
  head.ariaRowIndex = 1;
  const corner = make("columnheader", "sheet-number sheet-head", "#");
  corner.ariaLabel = words.wordRule;
  head.append(corner, make("columnheader", "sheet-id sheet-head", words.wordId));
  for (let column = FIRST; column < sheet.width; column += 1) head.append(headOf(column));
  head.append(make("columnheader", "sheet-head", words.wordCheck));
  const grid = make("grid", "sheet-grid");
  grid.ariaLabel = words.wordTable;
  grid.ariaMultiSelectable = "true";
  grid.ariaRowCount = sheet.rules.length + 1;
  grid.ariaColCount = sheet.width + 1;
  grid.style.setProperty("--columns", sheet.width - FIRST);
  let number = 0;
  const isFilled = (row) => row.slice(1).some((cell) => cell.trim());
  grid.append(head, ...sheet.rules.map((row, at) => rowOf(row, at, isFilled(row) ? (number += 1) : "·")));
  const tip = make("note", "sheet-tip");
  tip.id = "sheet-tip";
  tip.hidden = true;
  frame.replaceChildren(grid, tip, ...priorities());
  showMarks(frame, sheet, marks);
  select(active.row, active.column, { hasFocus: false });
}

// Of PRIORITY: the values of each output, the most important first.
function priorities() {
  const values = sheet.head("values");
  if (sheet.hit !== "PRIORITY" || !values) return [];
  return values.flatMap((text, column) => {
    if (sheet.kind(column) !== "output") return [];
    const label = Object.assign(document.createElement("label"), { className: "sheet-values small" });
    const typed = Object.assign(document.createElement("input"), { className: "text mono", value: text });
    typed.addEventListener("change", () => {
      sheet.change(() => { sheet.head("values")[column] = typed.value; });
      touched();
    });
    label.append(`${words.wordValues}: ${known[`output:${sheet.name(column)}`]?.label ?? sheet.name(column)}`, typed);
    return [label];
  });
}

function select(row, column, { isMore = false, hasFocus = true } = {}) {
  const before = cellAt(active.row, active.column);
  if (before) before.tabIndex = -1;
  active = { row: clamp(row, sheet.rules.length - 1), column: clamp(column, sheet.width) };
  if (!isMore) anchor = { ...active };
  for (const cell of frame.querySelectorAll("[aria-selected]")) cell.removeAttribute("aria-selected");
  const { top, bottom, left, right } = box();
  for (let at = top; at <= bottom; at += 1) {
    for (let to = left; to <= right; to += 1) cellAt(at, to)?.setAttribute("aria-selected", "true");
  }
  const cell = cellAt(active.row, active.column);
  if (!cell) return;
  cell.tabIndex = 0;
  if (hasFocus) {
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  showTip(frame, cell);
}

// Edits

// What was found stays until it is known anew, where it still stands at the same rule.
function touched({ isSame = false } = {}) {
  field.value = sheet.text;
  isDirty = true;
  marks = isSame ? { cells: [], rows: marks.rows } : NO_MARKS;
  checks.soon();
}

function changed(work, { isWhole = true, isSame = false } = {}) {
  sheet.change(work);
  touched({ isSame });
  if (isWhole) render();
  else showMarks(frame, sheet, marks);
}

function edit(text) {
  const cell = cellAt(active.row, active.column);
  if (!cell || active.column === NUMBER || active.column === sheet.width) return;
  const before = sheet.rules[active.row][active.column];
  const isTyped = text !== undefined;
  const own = input = Object.assign(document.createElement("input"), {
    className: "sheet-input", value: text ?? before, spellcheck: false, autocomplete: "off",
    ariaLabel: `${words.wordRule} ${active.row + 1}, ${sheet.name(active.column) || words.wordId}`,
  });
  input.dataset.isTyped = isTyped;
  const values = `values-${sheet.kind(active.column)}-${sheet.name(active.column)}`;
  if (document.getElementById(values)) input.setAttribute("list", values);
  cell.replaceChildren(input);
  input.focus();
  input.addEventListener("blur", () => { if (input === own) commit(); });
}

function commit(isKept = true) {
  if (!input) return;
  const text = input.value.trim();
  input = null;
  const { row, column } = active;
  const cell = cellAt(row, column);
  const before = sheet.rules[row][column];
  if (!isKept || text === before) {
    cell.textContent = before;
    return;
  }
  const isFirst = !sheet.rules[row].slice(1).some((found) => found.trim());
  changed(() => { sheet.rules[row][column] = text; }, { isWhole: isFirst, isSame: !isFirst });
  cell.textContent = text;
}

function move(down, right, isMore = false) {
  let { row, column } = { row: active.row + down, column: active.column + right };
  if (!isMore && down === 1 && row === sheet.rules.length && sheet.rules.at(-1)?.some((cell) => cell.trim())) {
    changed(() => sheet.insert(row));
  }
  select(row, column, { isMore });
}

// Tab: to the next cell that is typed in, then the next rule; false where there is none.
function tab(by) {
  const last = sheet.width - 1;
  const at = active.row * last + (clamp(active.column, last) - 1) + by;
  if (at < 0 || at >= sheet.rules.length * last) return false;
  select(Math.floor(at / last), (at % last) + 1);
  return true;
}

const DO = {
  insert() {
    const at = sheet.rules.length ? box().bottom + 1 : 0;
    changed(() => sheet.insert(at));
    select(at, clamp(active.column, sheet.width - 1) || FIRST);
  },
  remove() {
    const { top, bottom } = box();
    changed(() => sheet.rules.splice(top, bottom - top + 1));
    if (!sheet.rules.length && sheet.width > FIRST) changed(() => sheet.insert(0));
    select(top, active.column);
  },
  up: () => shift(-1),
  down: () => shift(1),
  removeColumn() {
    const { column } = active;
    if (column < FIRST || column >= sheet.width || sheet.kind(column) === "note") return;
    changed(() => sheet.removeColumn(column));
    select(active.row, column);
  },
  quote: () => eachCell((cell) => (/^[^"]*$/.test(cell) && cell.trim() && cell !== "-" ? `"${cell.trim()}"` : cell)),
  undo: () => { if (sheet.undo()) { touched(); render(); select(active.row, active.column); } },
  redo: () => { if (sheet.redo()) { touched(); render(); select(active.row, active.column); } },
};

function shift(by) {
  const { top, bottom } = box();
  if (top + by < 0 || bottom + by >= sheet.rules.length) return;
  changed(() => sheet.move(top, bottom, by));
  anchor.row += by;
  select(active.row + by, active.column, { isMore: true });
}

function eachCell(made) {
  const { top, bottom, left, right } = box();
  changed(() => {
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= Math.min(right, sheet.width - 1); column += 1) {
        sheet.rules[row][column] = made(sheet.rules[row][column]);
      }
    }
  }, { isSame: true });
  select(active.row, active.column, { isMore: true });
}

function onKey(event) {
  const { key, shiftKey } = event;
  const isControl = event.ctrlKey || event.metaKey;
  if (event.target.closest(".sheet-values") || (isControl && key.toLowerCase() === "k")) return;
  event.stopPropagation(); // the page's own keys are letters too
  if (input) {
    if (key === "Escape") { commit(false); select(active.row, active.column); }
    else if (key === "Enter") { commit(); move(shiftKey ? -1 : 1, 0); }
    else if (key === "Tab") { commit(); if (!tab(shiftKey ? -1 : 1)) return; }
    else if (input.dataset.isTyped === "true" && !input.hasAttribute("list") && /^Arrow(Up|Down)$/.test(key)) {
      commit();
      move(key === "ArrowUp" ? -1 : 1, 0);
    } else return;
    event.preventDefault();
    return;
  }
  const page = Math.max(1, Math.floor(frame.clientHeight / 32) - 2);
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-page, 0], PageDown: [page, 0] };
  const isDone = () => {
    if (key === "Tab") return !isLeaving && tab(shiftKey ? -1 : 1);
    if (key === "Escape") { isLeaving = true; showTip(frame, null); return true; }
    if (event.altKey && /^Arrow(Up|Down)$/.test(key)) { DO[key === "ArrowUp" ? "up" : "down"](); return true; }
    if (isControl) {
      const work = { z: shiftKey ? "redo" : "undo", y: "redo", enter: "insert", backspace: "remove", delete: "remove" }[key.toLowerCase()];
      if (work) DO[work]();
      else if (key.toLowerCase() === "a") { select(0, 1); select(sheet.rules.length - 1, sheet.width - 1, { isMore: true }); }
      else if (key === "Home") select(0, 1);
      else if (key === "End") select(sheet.rules.length - 1, sheet.width - 1);
      else return false; // copy, cut and paste have their own events
      return true;
    }
    if (steps[key]) {
      const [down, right] = steps[key];
      select(active.row + down, active.column + right, { isMore: shiftKey });
    } else if (key === "Home") select(active.row, 1, { isMore: shiftKey });
    else if (key === "End") select(active.row, sheet.width - 1, { isMore: shiftKey });
    else if (key === "F2") edit();
    else if (key === "Enter") { if (shiftKey) move(-1, 0); else edit(); }
    else if (key === "Delete" || key === "Backspace") eachCell(() => "");
    else if (key.length === 1 && !event.altKey) edit(key);
    else return false;
    return true;
  };
  const isTaken = isDone();
  if (key !== "Escape" && key !== "Shift") isLeaving = false;
  if (isTaken) event.preventDefault();
}

function onClipboard(event) {
  if (input || !frame.contains(document.activeElement) || document.activeElement.closest(".sheet-values")) return;
  const { top, bottom, left, right } = box();
  event.preventDefault();
  if (event.type !== "paste") {
    const block = sheet.rules.slice(top, bottom + 1).map((row) => row.slice(left, right + 1));
    event.clipboardData.setData("text/plain", textOf(block));
    if (event.type === "cut") eachCell(() => "");
    return;
  }
  const block = cellsOf(event.clipboardData.getData("text/plain"));
  if (block.length === 1 && block[0].length === 1) return void eachCell(() => block[0][0]);
  changed(() => sheet.paste(block, top, left));
  anchor = { row: top, column: left };
  select(top + block.length - 1, Math.min(left + block[0].length, sheet.width) - 1, { isMore: true });
}

// Wiring

form.addEventListener("input", (event) => {
  if (event.target.closest("#table-sheet")) return;
  isDirty = true;
  checks.soon();
});
form.addEventListener("submit", () => {
  commit();
  checks.stop();
  isDirty = false;
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
  event.preventDefault();
  commit();
  form.requestSubmit(form.querySelector("[value=save]"));
}, true);
window.addEventListener("beforeunload", (event) => { if (isDirty) event.preventDefault(); });
document.querySelector("[data-plain]").hidden = true;

if (frame) {
  document.querySelector(".sheet-text").hidden = true;
  for (const part of [frame, ...document.querySelectorAll(".sheet-tools, .sheet-keys")]) part.hidden = false;
  frame.addEventListener("keydown", onKey);
  for (const name of ["copy", "cut", "paste"]) document.addEventListener(name, onClipboard);
  const placeOf = (target) => {
    const cell = target.closest?.("[data-row] > *");
    return cell && { row: Number(cell.parentElement.dataset.row), column: [...cell.parentElement.children].indexOf(cell) };
  };
  frame.addEventListener("pointerdown", (event) => {
    const at = placeOf(event.target);
    if (!at || event.target === input) return;
    if (event.pointerType === "mouse") event.preventDefault();
    commit();
    const isAgain = event.pointerType !== "mouse" && at.row === active.row && at.column === active.column;
    select(at.row, at.column, { isMore: event.shiftKey });
    if (isAgain) edit();
  });
  frame.addEventListener("pointermove", (event) => {
    const at = event.buttons === 1 && event.pointerType === "mouse" && !input && placeOf(event.target);
    if (at && (at.row !== active.row || at.column !== active.column)) select(at.row, at.column, { isMore: true });
  });
  frame.addEventListener("dblclick", (event) => { if (!input && placeOf(event.target)) edit(); });
  for (const button of document.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => { commit(); DO[button.dataset.do](); });
  }
  document.querySelector("[data-hit]").addEventListener("change", (event) => changed(() => sheet.setHit(event.target.value)));
  document.querySelector("[data-add-column]").addEventListener("change", (event) => {
    const [kind, name] = event.target.value.split(":");
    event.target.value = "";
    if (!name) return;
    let at = FIRST;
    changed(() => { at = sheet.addColumn(kind, name); });
    select(active.row, at);
  });
  side.addEventListener("click", (event) => {
    const to = event.target.closest("[data-at]");
    if (!to) return;
    event.preventDefault();
    const [line, column] = to.dataset.at.split(",").map(Number);
    document.querySelector("[data-tab-choice=work]").click();
    select(line - sheet.heads.length, column);
  });
  render();
}
checks.now();
