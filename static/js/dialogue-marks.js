/* The words of a turn: marked as evidence with the mouse or the keyboard, and found by searching. */
(() => {
  "use strict";

  const dialogue = window.dialogue;
  if (!dialogue) return;
  const { texts, turns, fields, changed } = dialogue;
  const rows = [...document.querySelectorAll("#turns > .turn")];
  const boxes = rows.map((row) => row.querySelector(".turn-text"));
  const plain = boxes.map((box) => box.textContent);
  const hint = document.getElementById("marking");
  const language = document.getElementById("turns").lang || undefined;

  // Places count code points, as the server does; the browser counts UTF-16 units.
  const points = (text, units) => [...text.slice(0, units)].length;
  const units = (text, count) => [...text].slice(0, count).join("").length;
  const sayValue = (field, value) => fields[field].values.find(([one]) => one === value)?.[1] ?? value;

  /* ---- showing marks ---- */

  function paint(n, preview) {
    const text = [...plain[n]];
    const spans = [...turns[n].copy.spans, ...(preview ? [preview] : [])];
    const cuts = [...new Set([0, text.length, ...spans.flatMap((span) => [span.start, span.end])])].sort((a, b) => a - b);
    boxes[n].replaceChildren(...cuts.slice(0, -1).map((from, i) => {
      const words = text.slice(from, cuts[i + 1]).join("");
      const over = spans.filter((span) => span.start <= from && span.end >= cuts[i + 1]);
      if (!over.length) return document.createTextNode(words);
      const mark = document.createElement("mark");
      mark.textContent = words;
      mark.title = over.filter((span) => span.field).map((span) => [fields[span.field].words, span.value && sayValue(span.field, span.value)].filter(Boolean).join(": ")).join("; ");
      mark.classList.toggle("marking", over.includes(preview));
      return mark;
    }));
  }

  /* ---- making marks ---- */

  let mode = null;

  function segments(text) {
    if (!window.Intl?.Segmenter) return [...text.matchAll(/\S+/g)].map((match) => [match.index, match.index + match[0].length]);
    return [...new Intl.Segmenter(language, { granularity: "word" }).segment(text)]
      .filter((one) => one.isWordLike).map((one) => [one.index, one.index + one.segment.length]);
  }

  // What the mouse has selected within a turn, as UTF-16 places of its text.
  function selected(n) {
    const selection = window.getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    if (!boxes[n].contains(range.startContainer) || !boxes[n].contains(range.endContainer)) return null;
    const before = document.createRange();
    before.selectNodeContents(boxes[n]);
    before.setEnd(range.startContainer, range.startOffset);
    const start = before.toString().length;
    return [start, start + range.toString().length];
  }

  function add(n, field, value, [from, to]) {
    const text = plain[n];
    const span = { field, value, start: points(text, from), end: points(text, to) };
    if (span.start >= span.end) return;
    const { spans } = turns[n].copy;
    if (!spans.some((one) => ["field", "value", "start", "end"].every((key) => one[key] === span[key]))) spans.push(span);
    window.getSelection().removeAllRanges();
    changed(turns[n]);
  }

  function start(n, field, value) {
    const words = value ? sayValue(field, value) : fields[field].words;
    const chosen = selected(n);
    if (chosen) { stop(); return add(n, field, value, chosen); }
    const found = segments(plain[n]);
    if (!found.length) return;
    mode = { n, field, value, found, from: 0, to: 0 };
    hint.textContent = texts.marking.replace("%s", words);
    hint.hidden = false;
    preview();
    rows[n].focus({ preventScroll: true });
  }

  function range() {
    const [low, high] = [Math.min(mode.from, mode.to), Math.max(mode.from, mode.to)];
    return [mode.found[low][0], mode.found[high][1]];
  }

  function preview() {
    const [from, to] = range();
    paint(mode.n, { start: points(plain[mode.n], from), end: points(plain[mode.n], to) });
    boxes[mode.n].querySelector(".marking")?.scrollIntoView({ block: "nearest" });
  }

  function stop() {
    if (!mode) return;
    const { n } = mode;
    mode = null;
    hint.hidden = true;
    paint(n);
  }

  function key(event) {
    if (!mode) return;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 5, ArrowUp: -5 }[event.key];
    if (event.key === "Escape") stop();
    else if (event.key === "Enter") {
      const { n, field, value } = mode;
      const place = selected(n) ?? range();
      stop();
      add(n, field, value, place);
    } else if (step) {
      mode.to = Math.max(0, Math.min(mode.found.length - 1, mode.to + step));
      if (!event.shiftKey) mode.from = mode.to;
      preview();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
  // Before everybody else: while words are marked, the arrows and Enter are theirs.
  document.addEventListener("keydown", key, true);

  /* ---- searching ---- */

  const box = document.getElementById("search");
  const count = document.getElementById("search-found");
  let hits = [];

  function search() {
    const wanted = box.value.trim().toLowerCase();
    hits = wanted ? plain.flatMap((text, n) => (text.toLowerCase().includes(wanted) ? [n] : [])) : [];
    rows.forEach((row, n) => row.classList.toggle("found", hits.includes(n)));
    count.textContent = wanted ? texts.found.replace("%s", hits.length) : "";
    highlight(wanted);
  }

  function highlight(wanted) {
    if (!window.CSS?.highlights) return;
    CSS.highlights.delete("found");
    if (wanted) CSS.highlights.set("found", new Highlight(...hits.flatMap((n) => places(boxes[n], wanted))));
  }

  function places(element, wanted) {
    const found = [];
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.data.toLowerCase();
      for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, Math.min(at + wanted.length, node.length));
        found.push(range);
      }
    }
    return found;
  }

  box.addEventListener("input", search);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { box.value = ""; search(); box.blur(); }
    if (event.key !== "Enter" || !hits.length) return;
    event.preventDefault();
    const behind = hits.find((n) => n > dialogue.current()) ?? hits[0];
    dialogue.go(behind, { focus: false });
  });

  Object.assign(dialogue, {
    marks: { start, stop, paint, active: () => Boolean(mode), quote: (n, span) => plain[n].slice(units(plain[n], span.start), units(plain[n], span.end)), sayValue },
  });
  turns.forEach((turn, n) => { if (turn.copy.spans.length) paint(n); });
})();
