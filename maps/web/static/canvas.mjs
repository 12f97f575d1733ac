// The map itself: MapLibre with the server's style and tiles, and a drawn picture where WebGL fails.

import { wireSymbols } from './symbols.mjs';

const LEVELS = ['township', 'county', 'prefecture', 'province'];
const NEAR_PX = { mouse: 4, touch: 10 };
const PAD_PX = 48;
const NARROW_PX = 500;
const FACILITY_LAYERS = ['facility-dot', 'facility'];
const POINTS = ['marker', ...[...FACILITY_LAYERS].reverse()];
const SMALL_DEG = 0.05;

export function hasWebgl() {
  try {
    return Boolean(document.createElement('canvas').getContext('webgl2'));
  } catch {
    return false;
  }
}

const absolute = (url) => new URL(url, location.href).href;

async function readStyle(at) {
  const answer = await fetch(`/style.json?at=${encodeURIComponent(at)}`);
  if (!answer.ok) throw new Error(`style ${answer.status}`);
  return answer.json();
}

/**
 * Open the map in its place.
 *
 * `on` holds what the page wants to hear of: choose(choice), trouble(), lost(), restored().
 * Throws when the style or MapLibre cannot be had; the page then shows the picture.
 */
export async function openCanvas(place, { at, bbox, words, on }) {
  const [gl, style] = await Promise.all([import('./vendor/maplibre-gl.mjs'), readStyle(at)]);
  gl.setWorkerUrl(absolute(place.dataset.worker));
  const padding = place.clientWidth < NARROW_PX ? PAD_PX / 3 : PAD_PX;
  const map = new gl.Map({
    container: place,
    style,
    bounds: bbox ?? [73, 18, 135, 54],
    fitBoundsOptions: { padding },
    hash: 'map',
    minZoom: 1,
    maxZoom: 16,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    transformRequest: (url) => ({ url: absolute(url) }),
    locale: {
      'NavigationControl.ZoomIn': words.zoom_in,
      'NavigationControl.ZoomOut': words.zoom_out,
      'NavigationControl.ResetBearing': words.north,
      'Map.Title': words.map,
    },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new gl.NavigationControl({ showCompass: false }), 'top-right');
  map.addControl(new gl.ScaleControl({ maxWidth: 110 }), 'bottom-left');
  map.on('error', on.trouble);
  map.on('webglcontextlost', on.lost);
  map.on('webglcontextrestored', on.restored);

  let chosen = { kind: 'start', id: '' };
  let kinds = [];
  let laid = null;
  const draw = () => {
    const code = chosen.kind === 'division' ? chosen.id : '';
    const line = chosen.kind === 'line' ? chosen.id : '';
    for (const layer of ['chosen-division', 'chosen-glow', 'chosen-edge']) {
      map.setFilter(layer, ['==', ['get', 'code'], code]);
    }
    map.setFilter('chosen-line', ['==', ['get', 'id'], line]);
    const facility = chosen.kind === 'facility' ? chosen.id : '';
    map.setFilter('chosen-facility', ['==', ['get', 'id'], facility]);
    const marker = chosen.kind === 'marker' ? chosen.id : '';
    // Who is not logged in has no markers in the style.
    if (map.getLayer('chosen-marker')) map.setFilter('chosen-marker', ['==', ['get', 'id'], marker]);
    for (const layer of FACILITY_LAYERS) {
      map.setFilter(layer, kinds.length ? ['in', ['get', 'kind'], ['literal', kinds]] : null);
    }
    drawRun();
  };
  const drawRun = () => {
    if (map.getLayer('run')) map.removeLayer('run');
    if (map.getSource('run')) map.removeSource('run');
    if (!laid) return;
    const [west, south, east, north] = laid.box;
    const coordinates = [[west, north], [east, north], [east, south], [west, south]];
    map.addSource('run', { type: 'image', url: laid.url, coordinates });
    const paint = { 'raster-opacity': 0.82, 'raster-resampling': 'nearest', 'raster-fade-duration': 0 };
    map.addLayer({ id: 'run', type: 'raster', source: 'run', paint }, 'street');
  };
  wireSymbols(map, place.dataset.symbols, style.metadata);
  await new Promise((resolve) => map.once('style.load', resolve));
  wirePointer(map, on.choose);

  return {
    map,
    show(choice) {
      chosen = choice;
      draw();
    },
    /** Show only these kinds of facility; none means all. */
    filter(wanted) {
      kinds = wanted;
      draw();
    },
    /** Lay the picture of a run over its box, or take it away. */
    lay(url, box) {
      const wanted = url && box ? { url, box } : null;
      if (wanted?.url === laid?.url) return;
      laid = wanted;
      drawRun();
    },
    fly(box) {
      const maxZoom = box[2] - box[0] < SMALL_DEG ? 15 : 11;
      map.fitBounds(box, { padding, maxZoom, duration: 700 });
    },
    async setDate(date) {
      map.setStyle(await readStyle(date));
      draw();
    },
    takePicture() {
      map.redraw();
      return map.getCanvas().toDataURL('image/png');
    },
  };
}

function wirePointer(map, choose) {
  const lines = [...LEVELS, 'national'].map((level) => `line-${level}`);
  const divisions = LEVELS.map((level) => `division-${level}`);
  let hovered = null;

  const find = (point, near) => {
    const box = [[point.x - near, point.y - near], [point.x + near, point.y + near]];
    const there = (ids) => ids.filter((id) => map.getLayer(id));
    return map.queryRenderedFeatures(box, { layers: there(POINTS) })[0]
      ?? map.queryRenderedFeatures(box, { layers: there(lines) })[0]
      ?? map.queryRenderedFeatures(point, { layers: there(divisions) })[0];
  };

  const hover = (feature) => {
    const next = feature && { source: feature.source, sourceLayer: feature.sourceLayer, id: feature.id };
    if (hovered?.id === next?.id && hovered?.source === next?.source) return;
    if (hovered) map.setFeatureState(hovered, { hover: false });
    if (next) map.setFeatureState(next, { hover: true });
    hovered = next ?? null;
    map.getCanvas().style.cursor = next ? 'pointer' : '';
  };

  map.on('mousemove', (event) => { if (!map.isMoving()) hover(find(event.point, NEAR_PX.mouse)); });
  map.on('mouseout', () => hover(null));
  map.on('click', (event) => {
    const touch = event.originalEvent.pointerType === 'touch';
    const feature = find(event.point, touch ? NEAR_PX.touch : NEAR_PX.mouse);
    if (!feature) return;
    const { code, id } = feature.properties;
    const kinds = { divisions: 'division', facilities: 'facility', markers: 'marker' };
    const kind = kinds[feature.source] ?? 'line';
    choose({ kind, id: kind === 'division' ? code : id });
  });
}
