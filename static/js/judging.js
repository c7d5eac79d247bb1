/* Verdicts and scores by keyboard: digits answer the row in focus and go on to the next. Without this file the radio
   buttons alone are enough. */
(() => {
  "use strict";

  let rows = [];
  const name = (row) => row.querySelector("legend").firstChild.textContent.trim();
  const inputs = (row) => [...row.querySelectorAll("input[type=radio]")];
  const current = () => rows.find((row) => row.contains(document.activeElement));
  const open = () => rows.filter((row) => !inputs(row).some((input) => input.checked));

  document.addEventListener("concord:unit", start);

  function start() {
    rows = [...document.querySelectorAll("[data-row]")];
    if (!rows.length) return;
    state();
    link();
    const reading = document.getElementById("reading");
    ["change", "input"].forEach((kind) => reading.addEventListener(kind, state));
  }

  document.addEventListener("keydown", (event) => {
    if (!rows.length || event.ctrlKey || event.altKey || event.metaKey || event.target.matches("textarea, input:not([type=radio]), select")) return;
    if (document.querySelector("dialog[open]")) return;
    const row = current() ?? (/^\d$/.test(event.key) ? open()[0] : null);
    const at = rows.indexOf(row);
    if (event.key === "j") go(rows[at + 1] ?? rows[0]);
    else if (event.key === "k") go(rows[at - 1] ?? rows.at(-1));
    else if (/^\d$/.test(event.key) && row) answer(row, event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  function answer(row, key) {
    const all = inputs(row);
    // Verdicts are counted from the left; scores are what they say, and 0 is 10 where the scale has one.
    const scores = row.querySelector(".scale");
    const wanted = scores ? all.find((input) => input.value === key) ?? (key === "0" ? all.find((input) => input.value === "10") : null) : all[Number(key) - 1];
    if (!wanted) return;
    wanted.checked = true;
    wanted.dispatchEvent(new Event("input", { bubbles: true }));
    wanted.dispatchEvent(new Event("change", { bubbles: true }));
    const next = rows.slice(rows.indexOf(row) + 1).find((one) => open().includes(one)) ?? open()[0];
    if (next) go(next); else wanted.focus();
  }

  function go(row) {
    const all = inputs(row);
    (all.find((input) => input.checked) ?? all[0]).focus();
    row.scrollIntoView({ block: "nearest" });
  }

  function state() {
    const box = document.getElementById("rows-state");
    if (!box) return;
    const left = [...open().map(name), ...unexplained()];
    const shown = left.slice(0, 4).join(", ") + (left.length > 4 ? " …" : "");
    box.textContent = left.length ? box.dataset.missing.replace("%s", shown) : box.dataset.whole;
  }

  // Responses with a score that wants a justification, and none written.
  function unexplained() {
    return [...document.querySelectorAll("[data-reason]")]
      .filter((box) => !box.value.trim() && box.closest(".rated").querySelector("[data-why]:checked"))
      .map((box) => box.dataset.reason);
  }

  function link() {
    const sides = [...document.querySelectorAll("[data-side]")];
    const linked = document.getElementById("linked");
    if (sides.length !== 2 || !linked) return;
    let leader = null;
    sides.forEach((side) => side.addEventListener("scroll", () => {
      if (!linked.checked || (leader && leader !== side)) return;
      leader = side;
      const other = sides.find((one) => one !== side);
      const share = side.scrollTop / Math.max(1, side.scrollHeight - side.clientHeight);
      other.scrollTop = share * (other.scrollHeight - other.clientHeight);
      requestAnimationFrame(() => requestAnimationFrame(() => { leader = null; }));
    }));
  }
})();
