// Search with a list of hits: arrows, Enter, Escape; without a script it is a plain form.

const PAUSE_MS = 150;

/** Wire the search field; `go` gets the data-go of a hit, `at` gives the date of the page. */
export function openSearch(field, list, { at, go, failed }) {
  let timer = 0;
  let running = null;
  let active = -1;

  const options = () => [...list.querySelectorAll('[role="option"]')];

  const close = () => {
    clearTimeout(timer);
    running?.abort();
    list.hidden = true;
    active = -1;
    field.setAttribute('aria-expanded', 'false');
    field.removeAttribute('aria-activedescendant');
  };

  const mark = (index) => {
    const all = options();
    active = all.length ? (index + all.length) % all.length : -1;
    all.forEach((option, i) => option.setAttribute('aria-selected', String(i === active)));
    if (active < 0) return;
    field.setAttribute('aria-activedescendant', all[active].id);
    all[active].scrollIntoView({ block: 'nearest' });
  };

  const choose = (option) => {
    field.value = option.querySelector('.hit-name').textContent;
    close();
    field.blur();
    go(option.dataset.go);
  };

  const find = async () => {
    const q = field.value.trim();
    if (!q) { close(); return; }
    running?.abort();
    running = new AbortController();
    try {
      const query = new URLSearchParams({ q, at: at() });
      const answer = await fetch(`/hits?${query}`, { signal: running.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      list.innerHTML = await answer.text();
      list.hidden = false;
      field.setAttribute('aria-expanded', 'true');
      mark(0);
    } catch (error) {
      if (error.name !== 'AbortError') { close(); failed(find); }
    }
  };

  field.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(find, PAUSE_MS); });
  field.addEventListener('focus', () => { if (field.value.trim() && list.hidden) find(); });
  field.addEventListener('blur', () => setTimeout(close, 120));
  field.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) find();
      else mark(active + (event.key === 'ArrowDown' ? 1 : -1));
    } else if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === 'Enter' && !list.hidden && options()[active]) {
      event.preventDefault();
      choose(options()[active]);
    }
  });
  list.addEventListener('mousedown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => {
    const option = event.target.closest('[role="option"]');
    if (option) choose(option);
  });
  field.form.addEventListener('submit', (event) => {
    event.preventDefault();
    const q = field.value.trim();
    close();
    if (q) go(`q:${q}`);
  });
}
