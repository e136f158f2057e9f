/** Every name that `language` accepts; 'none' keeps words whole. */
export const LANGUAGES: readonly string[] = [
  'english', 'danish', 'dutch', 'finnish', 'french', 'german', 'hungarian', 'italian', 'norwegian', 'portuguese', 'romanian', 'russian', 'spanish', 'swedish', 'turkish', 'none',
];
