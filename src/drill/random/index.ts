/** Random scripts of the categories that there are. */
export { CATEGORIES, type Category, type Step } from './categories.ts';
export { type Draft, type Happening, scriptOf, TAIL } from './draft.ts';
export { randomDraft } from './random-draft.ts';
