// What is in a sheet, how does it change, and how does it go to and from a clipboard?
// The text form is that of troth.core.dmn.clipboard; lines and columns count from 0.

export const FIRST = 2; // of the columns of the table: before it, what a line is, and a rule's id
const HEADS = ["hit policy", "column", "label", "name", "type", "values", "default"];
const QUOTED = /"((?:[^"]|"")*)"(?=[\t\n]|$(?![\s\S]))/y;
const BARE = /[^\t\n]*/y;

export function cellsOf(given) {
  const text = given.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  const rows = [[]];
  let at = 0;
  for (;;) {
    QUOTED.lastIndex = BARE.lastIndex = at;
    const quoted = QUOTED.exec(text);
    if (quoted && /\t|\n|""/.test(quoted[1])) {
      rows.at(-1).push(quoted[1].replaceAll('""', '"'));
      at += quoted[0].length;
    } else {
      const [bare] = BARE.exec(text);
      rows.at(-1).push(bare);
      at += bare.length;
    }
    if (at >= text.length) return rows;
    if (text[at] === "\n") rows.push([]);
    at += 1;
  }
}

function written(cell) {
  const isOdd = cell.startsWith('"') && ((cell.split('"').length - 1) % 2 || (cell.includes('""') && cell.length > 2));
  return /[\t\n]/.test(cell) || isOdd ? `"${cell.replaceAll('"', '""')}"` : cell;
}

export function textOf(rows) {
  return rows.map((row) => row.map(written).join("\t")).join("\n");
}

const isHead = (row) => HEADS.includes(row[0].trim().toLowerCase());

export class Sheet {
  #past = [];
  #future = [];

  constructor(text) {
    this.load(text.trim() ? cellsOf(text) : []);
  }

  load(rows) {
    const width = Math.max(FIRST, ...rows.map((row) => row.length));
    const full = rows.map((row) => [...row, ...Array(width - row.length).fill("")]);
    this.heads = full.filter(isHead);
    this.rules = full.filter((row) => !isHead(row));
    for (const [name, first] of [["hit policy", "UNIQUE"], ["column", ""], ["name", ""]]) {
      if (!this.head(name)) this.heads.push([name, first, ...Array(width - FIRST).fill("")]);
    }
    if (this.width > FIRST && !this.head("column").includes("note")) this.#insertColumn("note", "note");
  }

  head(name) {
    return this.heads.find((row) => row[0].trim().toLowerCase() === name);
  }

  get width() { return this.heads[0]?.length ?? FIRST; }
  get hit() { return this.head("hit policy")[1].trim().toUpperCase(); }
  kind(column) { return this.head("column")[column]?.trim().toLowerCase() ?? ""; }
  name(column) { return this.head("name")[column]?.trim() ?? ""; }

  get text() {
    if (this.width === FIRST) return "";
    const lines = this.rules.map((row) => {
      const isFilled = row.slice(1).some((cell) => cell.trim());
      return [isFilled ? "rule" : "", ...row.slice(1)];
    });
    return textOf([...this.heads, ...lines]);
  }

  #copy() {
    return { heads: this.heads.map((row) => [...row]), rules: this.rules.map((row) => [...row]) };
  }

  // One change, which can be undone.
  change(work) {
    const before = this.#copy();
    work();
    this.#past = [...this.#past.slice(-99), before];
    this.#future = [];
  }

  undo() { return this.#swap(this.#past, this.#future); }
  redo() { return this.#swap(this.#future, this.#past); }

  #swap(from, to) {
    const found = from.pop();
    if (!found) return false;
    to.push(this.#copy());
    Object.assign(this, found);
    return true;
  }

  setHit(hit) {
    this.head("hit policy")[1] = hit;
    if (hit === "PRIORITY" && !this.head("values")) {
      this.heads.push(["values", ...Array(this.width - 1).fill("")]);
    } else if (hit !== "PRIORITY") {
      this.heads = this.heads.filter((row) => row[0] !== "values");
    }
  }

  insert(at, count = 1) {
    const blank = () => Array(this.width).fill("");
    this.rules.splice(at, 0, ...Array.from({ length: count }, blank));
  }

  move(first, last, by) {
    if (first + by < 0 || last + by >= this.rules.length) return false;
    const [other] = this.rules.splice(by < 0 ? first - 1 : last + 1, 1);
    this.rules.splice(by < 0 ? last : first, 0, other);
    return true;
  }

  // After the last of its kind: inputs, then outputs, then the note.
  addColumn(kind, name) {
    const kinds = Array.from({ length: this.width }, (_, column) => this.kind(column));
    const before = { input: ["input"], output: ["input", "output"], note: ["input", "output", "note"] }[kind];
    const at = kinds.findLastIndex((found) => before.includes(found)) + 1;
    this.#insertColumn(kind, name, Math.max(FIRST, at));
    if (!this.head("column").includes("note")) this.#insertColumn("note", "note");
    if (!this.rules.length) this.insert(0);
    return Math.max(FIRST, at);
  }

  #insertColumn(kind, name, at = this.width) {
    for (const row of [...this.heads, ...this.rules]) row.splice(at, 0, "");
    this.head("column")[at] = kind;
    this.head("name")[at] = name;
  }

  removeColumn(at) {
    for (const row of [...this.heads, ...this.rules]) row.splice(at, 1);
  }

  // A block put in from a cell on; rows that are missing are added, what is too wide is left out.
  paste(block, row, column) {
    if (isHead(block[0])) return void this.load(block);
    this.insert(this.rules.length, Math.max(0, row + block.length - this.rules.length));
    block.forEach((cells, down) => cells.forEach((cell, right) => {
      if (column + right < this.width) this.rules[row + down][column + right] = cell;
    }));
  }
}
