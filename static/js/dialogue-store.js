/* What a rater has said of a session, turn by turn: each part is saved by itself, kept in the browser until the server
   has it, and never put over something newer. Only answers are kept there, never the text that was judged. */
(() => {
  "use strict";

  const root = document.getElementById("dialogue");
  if (!root) return;
  const texts = document.getElementById("dialogue-texts").dataset;
  const state = JSON.parse(document.getElementById("dialogue-state").textContent);
  const saved = document.getElementById("saved");
  const { notice, clearNotice } = window.concord;
  const base = root.dataset.base;
  const place = `concord-turns-${root.dataset.token}`;
  const WAIT = 900;
  const RETRY = 5000;
  // Browsers let go of larger requests when a page closes.
  const KEEPALIVE = 50000;
  const NAMED = 4;
  // The cookie first: a log-in in another tab changes it, and this page must be able to send what it kept.
  const csrf = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? document.querySelector("#turn-form [name=csrfmiddlewaretoken]").value;

  const memory = {
    read(key) { try { return JSON.parse(localStorage.getItem(key)) ?? {}; } catch { return {}; } },
    write(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* no room: the page still holds it */ } },
    drop(key) { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } },
  };

  const { turns, session, fields } = state;
  const parts = [...turns, session];
  parts.forEach((part, n) => { part.n = part === session ? null : n; });
  const nameOf = (part) => (part === session ? "session" : String(part.index));
  const titleOf = (part) => (part === session ? texts.session : texts.turn.replace("%s", part.n + 1));
  const addressOf = (part) => (part === session ? `${base}session/` : `${base}turn/${part.index}/`);

  function keep(part) { memory.write(place, { ...memory.read(place), [nameOf(part)]: { copy: part.copy, version: part.version } }); }
  function forget(part) {
    const all = memory.read(place);
    delete all[nameOf(part)];
    if (Object.keys(all).length) memory.write(place, all); else memory.drop(place);
  }

  // One spelling for one meaning, whatever the order of keys.
  const sorted = (object) => Object.keys(object ?? {}).sort().map((key) => [key, object[key]]);
  function meaning(copy) {
    const given = sorted(copy.fields).map(([key, one]) => [key, one.state, one.values ?? []]);
    const spans = copy.spans.map((s) => [s.field, s.value, s.start, s.end].join("|")).sort();
    return JSON.stringify([given, spans, sorted(copy.decisions).map(([key, one]) => [key, sorted(one)]), copy.note, copy.done]);
  }
  const same = (one, other) => meaning(one) === meaning(other);

  const listeners = [];
  const tell = (what, part) => listeners.forEach((listener) => listener(what, part));
  function say(text, failed = false) { saved.textContent = text; saved.classList.toggle("failed", failed); }

  function changed(part) {
    part.dirty = true;
    keep(part);
    tell("changed", part);
    clearTimeout(part.timer);
    part.timer = setTimeout(() => save(part), WAIT);
  }

  function save(part) {
    clearTimeout(part.timer);
    if (part.busy) return part.busy.then(() => save(part));
    if (!part.dirty || part.clash) return Promise.resolve();
    part.dirty = false;
    part.busy = deliver(part).finally(() => { part.busy = null; });
    return part.busy;
  }

  async function deliver(part) {
    const sent = structuredClone(part.copy);
    const body = JSON.stringify({ payload: sent, version: part.version });
    say(texts.saving);
    let reply;
    try {
      reply = await fetch(addressOf(part), {
        method: "POST", body, redirect: "manual", credentials: "same-origin", keepalive: body.length < KEEPALIVE,
        headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf() },
      });
    } catch {
      return later(part, texts.offline, true);
    }
    if (reply.type === "opaqueredirect" || reply.status === 401 || reply.status === 403) return later(part, texts.login, false);
    if (reply.status >= 500 || reply.status === 429) return later(part, texts.offline, true);
    if (reply.status === 404) return void notice(texts.gone, "danger", "send");
    taken(part, sent, reply, await reply.json());
  }

  function taken(part, sent, reply, body) {
    if (reply.status === 409) return clash(part, body.theirs, body.version, body.message);
    if (!reply.ok) {
      part.refused = true;
      say(body.message, true);
      return void notice(`${titleOf(part)}: ${body.message}`, "danger", "refused");
    }
    part.refused = false;
    part.version = body.version;
    others?.postMessage({ name: nameOf(part), copy: sent, version: body.version });
    if (part.dirty) keep(part); else forget(part);
    clearNotice("refused");
    if (!parts.some((one) => one.failed)) clearNotice("send");
    say(`${texts.saved} ${body.saved}`);
  }

  /* ---- another tab of this browser: what it saved is shown here at once. Who types here meanwhile is asked, once the
     server has refused the older version; so is another device. ---- */

  const others = window.BroadcastChannel ? new BroadcastChannel(place) : null;
  others?.addEventListener("message", ({ data }) => {
    const part = parts.find((one) => nameOf(one) === data.name);
    if (part && adopt(part, data)) say(`${titleOf(part)}: ${texts.synced}`);
  });

  function adopt(part, { copy, version }) {
    if (version <= part.version || part.dirty || part.busy || part.clash) return false;
    part.copy = copy;
    part.version = version;
    tell("other", part);
    tell("changed", part);
    return true;
  }

  /* ---- another device: asked for whenever this page comes back into view. What was changed here as well is put beside
     the other version at once, not only when it is saved. ---- */

  const PAUSE = 2000;
  let asked = performance.now();
  async function look() {
    if (document.hidden || performance.now() - asked < PAUSE) return;
    asked = performance.now();
    let told;
    try {
      const reply = await fetch(`${base}newer/?than=${window.dialogue.version()}`, { headers: { Accept: "application/json" }, redirect: "manual" });
      if (!reply.ok) return;
      told = await reply.json();
    } catch {
      return;
    }
    const found = parts.filter((part) => newer(part, told.parts[nameOf(part)]));
    if (!found.length) return;
    const names = found.slice(0, NAMED).map(titleOf).join(", ") + (found.length > NAMED ? ", …" : "");
    notice(`${names}: ${texts.newer}`, "", "newer");
    say(`${names}: ${texts.synced}`);
  }

  // True where the other version is shown now; one that was changed here too is asked about.
  function newer(part, other) {
    if (!other || other.version <= part.version || part.busy || part.clash) return false;
    if (!part.dirty) return adopt(part, other);
    clearTimeout(part.timer);
    clash(part, other.copy, other.version, texts.clash);
    return false;
  }

  document.addEventListener("visibilitychange", look);
  window.addEventListener("focus", look);
  window.addEventListener("pageshow", (event) => { if (event.persisted) look(); });

  /* ---- when the server does not answer ---- */

  let timer = 0;
  function later(part, text, byItself) {
    part.dirty = true;
    say(text, true);
    notice(text, "danger", "send");
    const button = document.createElement("button");
    button.type = "button"; button.className = "button small"; button.textContent = texts.retry;
    button.addEventListener("click", resend);
    document.querySelector('[data-notice="send"]')?.append(button);
    clearTimeout(timer);
    if (byItself) timer = setTimeout(resend, RETRY);
  }
  function resend() {
    clearTimeout(timer);
    clearNotice("send");
    return Promise.all(parts.map(save));
  }

  /* ---- when another tab or device was quicker: both are shown, a person decides ---- */

  function clash(part, theirs, version, message) {
    if (same(theirs, part.copy)) { part.version = version; forget(part); return; }
    part.clash = { theirs, version, message };
    part.dirty = true;
    keep(part);
    notice(`${titleOf(part)}: ${message}`, "warning", "clash");
    say(titleOf(part), true);
    tell("clash", part);
  }

  function settle(part, mine) {
    const { theirs, version } = part.clash;
    part.clash = null;
    part.version = version;
    if (!parts.some((one) => one.clash)) clearNotice("clash");
    if (mine) { changed(part); save(part); return; }
    part.copy = theirs;
    part.dirty = false;
    forget(part);
    tell("changed", part);
  }

  /* ---- what was typed here and had not arrived when the page was closed ---- */

  function putBack(message) {
    const found = memory.read(place);
    parts.forEach((part) => {
      const kept = found[nameOf(part)];
      if (!kept) return;
      if (same(kept.copy, part.copy)) return forget(part);
      const newer = { theirs: part.copy, version: part.version };
      part.copy = kept.copy;
      if (kept.version !== newer.version) return clash(part, newer.theirs, newer.version, message);
      part.dirty = true;
      say(texts.restored);
      save(part);
    });
  }

  async function flush() {
    // Twice: what was changed while the first was on its way.
    await Promise.all(parts.map(save));
    await Promise.all(parts.map(save));
    return parts.every((part) => !part.dirty && !part.busy && !part.clash && !part.refused);
  }

  document.addEventListener("visibilitychange", () => { if (document.hidden) parts.forEach(save); });
  window.addEventListener("beforeunload", (event) => { if (parts.some((part) => part.busy)) event.preventDefault(); });

  window.dialogue = {
    root, texts, state, turns, session, fields, parts, memory, titleOf, changed, save, settle, flush, putBack, same, say,
    drop: () => memory.drop(place),
    version: () => parts.reduce((sum, part) => sum + part.version, 0),
    on: (listener) => listeners.push(listener),
  };
})();
