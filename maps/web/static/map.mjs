// The page of the map: it joins address, panel, search and canvas. Lists work without the canvas.

import { makeQuery, parseGo, readChoice, readKinds, sameChoice } from './address.mjs';
import { hasWebgl, openCanvas } from './canvas.mjs';
import { openFilter } from './filter.mjs';
import { hush, tell } from './notice.mjs';
import { loadPanel, panel, readBbox, shown } from './panel.mjs';
import { openSearch } from './search.mjs';
import { openSheet } from './sheet.mjs';

const byId = (id) => document.getElementById(id);
const place = byId('map');
const words = JSON.parse(place.dataset.texts);
const dateField = byId('at');
const today = place.dataset.today;
const state = { choice: readChoice(), at: place.dataset.at, kinds: readKinds(), canvas: null };
const sheet = openSheet(byId('sheet'), byId('sheet-handle'));

const addressAt = () => (state.at === today ? '' : state.at);
const queryOf = (choice) => makeQuery(choice, addressAt(), state.kinds);

function pushAddress(query) {
  history.pushState(null, '', `/${query.size ? `?${query}` : ''}${location.hash}`);
}

/** Show a choice; `fly` moves the map to it, `push` makes a new entry in the history. */
async function choose(choice, { fly = true, push = true } = {}) {
  if (push && !sameChoice(choice, state.choice)) pushAddress(queryOf(choice));
  state.choice = choice;
  state.canvas?.show(choice);
  sheet.close();
  await refresh(fly);
}

async function refresh(fly) {
  try {
    if (!(await loadPanel(queryOf(state.choice)))) return;
    hush();
  } catch {
    tell(words.offline, words.retry, () => refresh(fly));
    return;
  }
  state.canvas?.lay(shown().picture, readBbox(shown().bbox));
  const box = readBbox(shown().bbox);
  if (fly && box) state.canvas?.fly(box);
  if (!state.canvas) showPicture();
}

async function setDate(at) {
  state.at = at;
  dateField.value = at;
  byId('today').hidden = at === today;
  pushAddress(queryOf(state.choice));
  await Promise.all([refresh(false), redate()]);
}

/** Show these kinds of facility, on the map and in lists. */
function setKinds(kinds) {
  state.kinds = kinds;
  pushAddress(queryOf(state.choice));
  state.canvas?.filter(kinds);
  if (state.choice.kind === 'facilities') refresh(false);
  else if (!state.canvas) showPicture();
}

async function redate() {
  try {
    await state.canvas?.setDate(state.at);
  } catch {
    tell(words.tiles_failed, words.retry, redate);
  }
}

/** Put the server's picture in the place of the map. */
function showPicture() {
  let picture = place.parentElement.querySelector('.picture');
  if (!picture) {
    picture = document.createElement('img');
    picture.className = 'picture';
    picture.alt = words.picture;
    place.after(picture);
  }
  place.parentElement.classList.add('drawn');
  const query = queryOf(state.choice);
  query.set('lang', place.dataset.lang);
  picture.src = `/map.svg?${query}`;
}

function hidePicture() {
  place.parentElement.classList.remove('drawn');
  place.parentElement.querySelector('.picture')?.remove();
}

async function openMap() {
  if (!hasWebgl()) {
    tell(words.no_webgl);
    showPicture();
    return;
  }
  try {
    const bbox = readBbox(shown().bbox) ?? readBbox(place.dataset.bbox);
    const on = {
      choose: (choice) => choose(choice, { fly: false }),
      trouble: () => tell(words.tiles_failed, words.retry, redate),
      lost: () => { tell(words.context_lost); showPicture(); },
      restored: () => { hush(); hidePicture(); },
    };
    state.canvas = await openCanvas(place, { at: state.at, bbox, words, on });
    state.canvas.show(state.choice);
    state.canvas.filter(state.kinds);
    state.canvas.lay(shown().picture, readBbox(shown().bbox));
    state.canvas.map.once('idle', () => place.setAttribute('data-ready', ''));
  } catch {
    tell(words.tiles_failed, words.retry, openMap);
    showPicture();
  }
}

function wireClicks() {
  document.querySelector('.desk').addEventListener('click', (event) => {
    const link = event.target.closest('a[data-go]');
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      choose(parseGo(link.dataset.go));
    }
  });
  panel.addEventListener('click', (event) => {
    const act = event.target.closest('[data-act]')?.dataset.act;
    if (act === 'print') print();
    if (act === 'retry') refresh(true);
  });
  for (const link of document.querySelectorAll('[data-keep-address]')) {
    link.addEventListener('click', () => {
      const query = queryOf(state.choice);
      query.set('lang', place.dataset.lang === 'zh' ? 'en' : 'zh');
      link.href = `/?${query}${location.hash}`;
    });
  }
  document.querySelector('[data-login]')?.addEventListener('click', (event) => {
    const here = `/${location.search}${location.hash}`;
    event.currentTarget.href = `/login?${new URLSearchParams({ next_address: here })}`;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.defaultPrevented && state.choice.kind !== 'start') {
      choose({ kind: 'start', id: '' }, { fly: false });
    }
  });
}

function wireDate() {
  dateField.addEventListener('change', () => { if (dateField.validity.valid) setDate(dateField.value); });
  dateField.form.addEventListener('submit', (event) => event.preventDefault());
  byId('today').addEventListener('click', () => setDate(today));
}

function wirePrint() {
  const picture = document.createElement('img');
  picture.className = 'print-map';
  picture.alt = words.map;
  place.after(picture);
  addEventListener('beforeprint', () => { if (state.canvas) picture.src = state.canvas.takePicture(); });
}

addEventListener('popstate', () => {
  const at = new URLSearchParams(location.search).get('at') || today;
  const choice = readChoice();
  if (String(readKinds()) !== String(state.kinds)) {
    state.kinds = readKinds();
    filter.show(state.kinds);
    state.canvas?.filter(state.kinds);
  }
  if (at === state.at && sameChoice(choice, state.choice)) return;
  if (at !== state.at) {
    state.at = at;
    dateField.value = at;
    byId('today').hidden = at === today;
    redate();
  }
  choose(choice, { fly: false, push: false });
});

if (matchMedia('(max-width: 760px)').matches) document.querySelector('.legend').open = false;
openSearch(byId('q'), byId('hits'), {
  at: () => state.at,
  go: (go) => choose(parseGo(go)),
  failed: (again) => tell(words.offline, words.retry, again),
});
const filter = openFilter(document.getElementById('filter'), setKinds);
filter.show(state.kinds);
wireClicks();
wireDate();
wirePrint();
openMap();
