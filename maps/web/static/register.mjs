// The pages of the register. All of it works without this script: forms are plain forms, links are
// links. With it they come without loading the page anew, and the map can be moved.

import { hasWebgl, openCanvas } from './canvas.mjs';
import { readBbox } from './panel.mjs';
import { openPads } from './pad.mjs';
import { laySubjects } from './subjects.mjs';

const place = document.getElementById('map');
const words = place ? JSON.parse(place.dataset.texts) : {};

/** Put the server's picture in the place of the map. */
function showPicture() {
  if (place.parentElement.querySelector('.picture')) return;
  const picture = document.createElement('img');
  picture.className = 'picture';
  picture.alt = words.picture;
  const [kind, id] = place.dataset.chosen.split(':');
  picture.src = place.dataset.picture ?? `/map.svg?${new URLSearchParams({ [kind]: id, at: place.dataset.at, lang: place.dataset.lang })}`;
  place.after(picture);
  place.parentElement.classList.add('drawn');
}

const PAGES = { line: '/lines/', marker: '/markers/' };

/** Open the page of what was clicked; a division has its place on the large map. */
function open({ kind, id }) {
  const here = new URL(location.href);
  const at = here.searchParams.get('at');
  const query = new URLSearchParams(at ? { at } : {});
  if (!PAGES[kind]) query.set(kind, id);
  const to = PAGES[kind] ? PAGES[kind] + id : '/';
  if (to !== here.pathname) location.href = query.size ? `${to}?${query}` : to;
}

async function openMap() {
  const bbox = readBbox(place.dataset.bbox);
  const [kind, id] = place.dataset.chosen.split(':');
  if (!hasWebgl()) {
    showPicture();
    return;
  }
  try {
    const { subjects } = place.dataset;
    const on = { choose: (choice) => { if (choice.kind !== 'division' && !subjects) open(choice); }, trouble() {}, lost: showPicture, restored() {} };
    const canvas = await openCanvas(place, { at: place.dataset.at, bbox, words, on });
    canvas.show({ kind, id });
    if (subjects) {
      const renew = await laySubjects(canvas.map, subjects, place.dataset.folder);
      document.addEventListener('htmx:afterSettle', renew);
    }
    canvas.map.once('idle', () => place.setAttribute('data-ready', ''));
    const picture = document.createElement('img');
    picture.className = 'print-map';
    picture.alt = words.map;
    place.after(picture);
    addEventListener('beforeprint', () => { picture.src = canvas.takePicture(); });
  } catch {
    showPicture();
  }
}

/** What only a script can do is offered only now. */
function wire(root) {
  for (const button of root.querySelectorAll('[data-act="print"]')) button.hidden = false;
  openPads(root);
}

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-act="print"]')) print();
});
document.addEventListener('htmx:afterSettle', (event) => {
  wire(document);
  // After a form the eye and the reader go to what was said of it.
  const said = event.target.querySelector?.('.problem, .said');
  if (said) {
    said.tabIndex = -1;
    said.focus({ preventScroll: true });
    said.scrollIntoView({ block: 'center' });
  }
});
wire(document);
if (place) openMap();
