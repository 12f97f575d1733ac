// What the page shows is in its address: one of KINDS_OF_CHOICE, ?at= when it is not today, and
// ?kind= for each kind of facility shown, none for all.
// The hash holds the view of the map and belongs to MapLibre.

const KINDS_OF_CHOICE = ['facility', 'facilities', 'run', 'division', 'marker', 'line', 'q'];

export function readChoice() {
  const query = new URLSearchParams(location.search);
  for (const kind of KINDS_OF_CHOICE) {
    if (query.get(kind)) return { kind, id: query.get(kind) };
  }
  return { kind: 'start', id: '' };
}

/** Read the kinds of facility the address shows; none means all. */
export function readKinds() {
  return new URLSearchParams(location.search).getAll('kind');
}

/** Read a choice as it stands in data-go: "division:370900", "line:<id>", "start". */
export function parseGo(go) {
  const [kind, ...rest] = go.split(':');
  return { kind, id: rest.join(':') };
}

export function makeQuery(choice, at, kinds = []) {
  const query = new URLSearchParams();
  if (choice.kind !== 'start') query.set(choice.kind, choice.id);
  if (at) query.set('at', at);
  for (const kind of kinds) query.append('kind', kind);
  return query;
}

export function sameChoice(one, other) {
  return one.kind === other.kind && one.id === other.id;
}
