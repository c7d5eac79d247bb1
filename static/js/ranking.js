/* Putting responses in order: by dragging, buttons, the list of places, or keys on the card in focus. The list of places
   (a select on each card) holds the answer; everything else moves it. Without this file the lists alone are enough. */
(() => {
  "use strict";

  let root, places, ties, marked, onward;
  const said = (template, ...values) => values.reduce((text, value) => text.replace("%s", value), template);
  const cards = () => [...root.querySelectorAll(".response")].sort((a, b) => (a.dataset.letter < b.dataset.letter ? -1 : 1));
  const cardOf = (token) => root.querySelector(`[data-token="${CSS.escape(token)}"]`);
  const select = (token) => cardOf(token).querySelector("[data-place]");
  const placeOf = (token) => places.findIndex((held) => held.includes(token));

  document.addEventListener("concord:unit", start);
  // With nothing in focus, j leads to the first response.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "j" || event.target !== document.body || !root?.isConnected || event.ctrlKey || event.altKey || event.metaKey) return;
    root.querySelector(".ranking-columns .response").focus();
  });

  function start() {
    root = document.getElementById("ranking");
    if (!root) return;
    const count = Number(root.dataset.count);
    places = Array.from({ length: count + 1 }, () => []);
    ties = "ties" in root.dataset;
    marked = [];
    onward = null;
    // What came with the page, from a draft or an earlier answer; a place given twice stays so only where ties are allowed.
    cards().forEach((card) => {
      const wanted = Number(select(card.dataset.token).value);
      if (wanted && (ties || !places[wanted].length)) places[wanted].push(card.dataset.token);
    });
    root.addEventListener("click", clicked);
    root.addEventListener("change", chosen);
    root.addEventListener("keydown", pressed);
    drag();
    render();
  }

  /* ---- moving ---- */

  // The card at `from` goes to `to`; whoever stands there moves along towards the place that was left, or the nearest free one.
  function put(token, to) {
    const from = placeOf(token);
    if (to < 1 || to >= places.length || from === to) return;
    onward = from < 1 ? { token, next: behind(token) } : null;
    if (from > 0) places[from] = places[from].filter((one) => one !== token);
    if (places[to].length) shift(to, from);
    places[to].push(token);
    changed(token);
  }

  // The response without a place that follows this one: reading goes on there, wherever this one went.
  function behind(token) {
    const tray = [...document.querySelectorAll("#tray .response")];
    const at = tray.indexOf(cardOf(token));
    return (tray[at + 1] ?? tray[0])?.dataset.token;
  }

  function go(card, by) {
    const next = by > 0 && onward?.token === card.dataset.token && onward.next !== onward.token && placeOf(onward.next) < 1 && cardOf(onward.next);
    const all = [...root.querySelectorAll(".ranking-columns .response")];
    onward = null;
    (next || all[(all.indexOf(card) + by + all.length) % all.length]).focus();
  }

  function shift(to, from) {
    const free = places.map((held, place) => place).filter((place) => place > 0 && !places[place].length);
    if (!free.length) return;
    const gap = free.includes(from) ? from : free.reduce((best, place) => (Math.abs(place - to) < Math.abs(best - to) ? place : best));
    const step = gap > to ? -1 : 1;
    for (let place = gap; place !== to; place += step) places[place] = places[place + step];
    places[to] = [];
  }

  function off(token) {
    const from = placeOf(token);
    if (from < 1) return;
    places[from] = places[from].filter((one) => one !== token);
    changed(token);
  }

  function nudge(token, by) {
    const from = placeOf(token);
    if (from < 1) {
      const free = places.findIndex((held, place) => place > 0 && !held.length);
      return put(token, free);
    }
    const to = from + by;
    if (to < 1 || to >= places.length) return;
    if (places[from].length > 1) {
      places[from] = places[from].filter((one) => one !== token);
      if (places[to].length) shift(to, 0);
      places[to].push(token);
    } else [places[from], places[to]] = [places[to], places[from]];
    changed(token);
  }

  function tie(token) {
    const from = placeOf(token);
    const above = places.map((held, place) => place).filter((place) => place > 0 && place < (from > 0 ? from : places.length) && places[place].length).pop();
    if (!ties || !above) return;
    if (from > 0) places[from] = places[from].filter((one) => one !== token);
    places[above].push(token);
    changed(token);
  }

  function changed(token) {
    const card = cardOf(token);
    const hadFocus = card.contains(document.activeElement) ? document.activeElement : null;
    render();
    if (hadFocus) { hadFocus.focus({ preventScroll: true }); card.scrollIntoView({ block: "nearest" }); }
    const place = placeOf(token);
    const left = missing().join(", ") || "0";
    document.getElementById("ranking-said").textContent = place > 0
      ? said(root.dataset.said, card.dataset.letter, place, left) : said(root.dataset.off, card.dataset.letter, left);
    // The work page keeps a draft of whatever changes.
    select(token).dispatchEvent(new Event("input", { bubbles: true }));
  }

  const missing = () => cards().filter((card) => placeOf(card.dataset.token) < 1).map((card) => card.dataset.letter);

  /* ---- showing ---- */

  function render() {
    const tray = document.getElementById("tray");
    cards().forEach((card) => {
      const { token } = card.dataset;
      const place = placeOf(token);
      const home = place > 0 ? root.querySelector(`.place[data-place="${place}"] .place-cards`) : tray;
      if (card.parentElement !== home || place < 1) home.append(card);
      select(token).value = place > 0 ? String(place) : "";
      const chip = card.querySelector("[data-chip]");
      const tied = place > 0 && places[place].length > 1;
      chip.classList.toggle("placed", place > 0);
      chip.textContent = place > 0 ? `${place}${tied ? " =" : ""}` : "–";
      chip.setAttribute("aria-label", place > 0 ? said(tied ? root.dataset.tied : root.dataset.placed, place) : root.dataset.none);
      chip.setAttribute("role", "img");
    });
    root.querySelector(".tray-empty").hidden = missing().length > 0;
    const box = document.querySelector("input[name=ties]");
    if (box) box.checked = places.some((held) => held.length > 1);
    const left = missing();
    document.getElementById("ranking-state").textContent = left.length ? said(root.dataset.missing, left.join(", ")) : root.dataset.whole;
  }

  function fold(card) {
    const body = card.querySelector(".response-body");
    body.hidden = !body.hidden;
    card.querySelector("[data-do=fold]").setAttribute("aria-expanded", String(!body.hidden));
  }

  function compare(card) {
    const { token } = card.dataset;
    marked = marked.includes(token) ? marked.filter((one) => one !== token) : [...marked.slice(-1), token];
    cards().forEach((one) => one.querySelector("[data-do=compare]").setAttribute("aria-pressed", String(marked.includes(one.dataset.token))));
    const box = document.getElementById("compare");
    box.hidden = marked.length < 2;
    if (marked.length === 1) document.getElementById("ranking-said").textContent = said(root.dataset.second, card.dataset.letter);
    if (marked.length < 2) return;
    box.querySelector(".compare-pair").replaceChildren(...marked.map(copy));
    box.scrollIntoView({ block: "start" });
    box.querySelector("[data-do=end-compare]").focus({ preventScroll: true });
  }

  function copy(token) {
    const card = cardOf(token), made = document.createElement("div"), title = document.createElement("h3");
    title.textContent = card.querySelector("h3").textContent;
    made.tabIndex = 0;
    made.append(title, ...[...card.querySelectorAll(".response-body > .reading, .response-body > .dialogue, .response-body > .explanation")].map((one) => one.cloneNode(true)));
    return made;
  }

  function endCompare() {
    const back = marked.at(-1);
    marked = [];
    document.getElementById("compare").hidden = true;
    cards().forEach((one) => one.querySelector("[data-do=compare]").setAttribute("aria-pressed", "false"));
    if (back) cardOf(back).focus();
  }

  /* ---- what people do ---- */

  function clicked(event) {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    if (button.dataset.do === "end-compare") return endCompare();
    const card = button.closest(".response");
    ({ up: () => nudge(card.dataset.token, -1), down: () => nudge(card.dataset.token, 1), tie: () => tie(card.dataset.token), compare: () => compare(card), fold: () => fold(card) })[button.dataset.do]();
  }

  function chosen(event) {
    if (!event.target.matches("[data-place]")) return;
    const { token } = event.target.closest(".response").dataset;
    if (event.target.value) put(token, Number(event.target.value)); else off(token);
  }

  let typed = "", typing = 0;
  function digit(token, key) {
    const most = places.length - 1;
    typed = most > 9 ? typed + key : key;
    clearTimeout(typing);
    const done = () => { const to = Number(typed); typed = ""; if (to >= 1 && to <= most) put(token, to); };
    // With more than nine places a 1 may be the beginning of a 10.
    if (most > 9 && typed === "1") typing = setTimeout(done, 700); else done();
  }

  function pressed(event) {
    if (event.key === "Escape" && marked.length) return endCompare();
    const card = event.target.closest(".response");
    if (!card || event.target !== card || event.ctrlKey || event.altKey || event.metaKey) return;
    const { token } = card.dataset;
    const moves = { j: () => go(card, 1), k: () => go(card, -1), x: () => off(token), v: () => compare(card), f: () => fold(card), t: () => tie(token) };
    if (event.shiftKey) { moves.ArrowUp = () => nudge(token, -1); moves.ArrowDown = () => nudge(token, 1); }
    const move = /^\d$/.test(event.key) ? () => digit(token, event.key) : moves[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  }

  /* ---- dragging, with a mouse or a finger ---- */

  function drag() {
    if (!window.Sortable) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const options = {
      group: "responses", handle: ".response-head", draggable: ".response", filter: ".response-tools", preventOnFilter: false,
      animation: still ? 0 : 140, delay: 150, delayOnTouchOnly: true, touchStartThreshold: 4,
      onEnd({ item, to }) {
        const place = Number(to.closest(".place")?.dataset.place ?? 0);
        const { token } = item.dataset;
        if (place === Math.max(0, placeOf(token))) return render();
        if (place) put(token, place); else off(token);
      },
    };
    root.querySelectorAll(".tray, .place-cards").forEach((box) => window.Sortable.create(box, options));
  }
})();
