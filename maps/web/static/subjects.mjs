// The subjects of an inspection on the map: each marker and section with the mark of what was found.

import { drawMark } from './symbols.mjs';

const SHARP = 2;
const LAYERS = ['subject-marker', 'subject-section'];
const NEAR_PX = 6;

async function read(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`subjects ${answer.status}`);
  return answer.json();
}

/** Lay the subjects over the map; what is returned asks for them anew. Those of the register give way. */
export async function laySubjects(map, url, folder) {
  const subjects = await read(url);
  for (const [group, mark] of Object.entries(subjects.marks)) {
    map.addImage(`outcome:${group}`, drawMark(mark), { pixelRatio: SHARP });
  }
  for (const layer of ['marker', 'chosen-marker']) {
    if (map.getLayer(layer)) map.setLayoutProperty(layer, 'visibility', 'none');
  }
  // Lettering as the map has it.
  const font = map.getLayoutProperty('name-county', 'text-font');
  const paint = (what) => map.getPaintProperty('name-county', what);
  map.addSource('subjects', { type: 'geojson', data: subjects });
  const line = { source: 'subjects', type: 'line', filter: ['==', ['get', 'kind'], 'section'], layout: { 'line-cap': 'round' } };
  map.addLayer({ ...line, id: 'subject-ground', paint: { 'line-color': '#fff', 'line-width': 8 } });
  map.addLayer({ ...line, id: 'subject-section', paint: { 'line-color': ['get', 'colour'], 'line-width': ['match', ['get', 'group'], 'open', 2, 'good', 3, 5] } });
  const marker = { source: 'subjects', type: 'symbol', filter: ['==', ['get', 'kind'], 'marker'] };
  const urgent = ['match', ['get', 'group'], 'conflict', 0, 'disagreed', 1, 'found', 2, 'open', 3, 4];
  map.addLayer({
    ...marker,
    id: 'subject-marker',
    layout: {
      'icon-image': ['concat', 'outcome:', ['get', 'group']],
      'icon-allow-overlap': true,
      'icon-ignore-placement': true,
      'icon-size': ['interpolate', ['linear'], ['zoom'], 6, 0.5, 11, 0.9],
      // What is drawn last lies on top, what is named first keeps its room.
      'symbol-sort-key': ['-', 0, urgent],
    },
  });
  map.addLayer({
    ...marker,
    id: 'subject-name',
    layout: {
      'text-field': ['concat', ['get', 'label'], ' ', ['get', 'word']],
      'text-font': font,
      'text-size': 12,
      'text-variable-anchor': ['left', 'right', 'top', 'bottom'],
      'text-radial-offset': 0.9,
      'symbol-sort-key': urgent,
    },
    paint: { 'text-color': paint('text-color'), 'text-halo-color': paint('text-halo-color'), 'text-halo-width': 1.8 },
  });
  const find = ({ x, y }) => {
    const box = [[x - NEAR_PX, y - NEAR_PX], [x + NEAR_PX, y + NEAR_PX]];
    return map.queryRenderedFeatures(box, { layers: [LAYERS[0]] })[0]
      ?? map.queryRenderedFeatures(box, { layers: [LAYERS[1]] })[0];
  };
  map.on('click', (event) => {
    const { kind, id } = find(event.point)?.properties ?? {};
    if (id) location.href = `${folder}${kind}/${id}`;
  });
  return async () => map.getSource('subjects')?.setData(await read(url));
}
