// The panel: HTML made by the server, put in place; what was there stays until the new is there.

export const panel = document.getElementById('panel');
const pageName = document.title.split(' · ').at(-1);
let running = null;

/** Put the panel of an address in place; true when it came, also when it tells of a problem. */
export async function loadPanel(query) {
  running?.abort();
  running = new AbortController();
  panel.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(`/panel?${query}`, { signal: running.signal });
    if (answer.status === 503) throw new Error('unavailable');
    panel.innerHTML = await answer.text();
  } catch (error) {
    if (error.name === 'AbortError') return false;
    panel.removeAttribute('aria-busy');
    throw error;
  }
  panel.removeAttribute('aria-busy');
  panel.scrollTop = 0;
  const title = shown().title;
  // Read out what came, not all of it.
  document.getElementById('said').textContent = title ?? '';
  document.title = title ? `${title} · ${pageName}` : pageName;
  return true;
}

/** Say what the panel holds: kind, code, line, level, bbox, title. */
export function shown() {
  return panel.querySelector('article')?.dataset ?? {};
}

export function readBbox(text) {
  const numbers = (text ?? '').split(',').map(Number);
  return numbers.length === 4 && numbers.every(Number.isFinite) ? numbers : null;
}
