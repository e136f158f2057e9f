export const articles = [
  { id: 'wasm', content: 'WebAssembly runs compiled code in the browser', embedding: [1, 0, 0] },
  { id: 'sql', content: 'SQL asks questions of tables', embedding: [0, 1, 0] },
  { id: 'bread', content: 'Bread rises when yeast makes gas', embedding: [0, 0, 1] },
];
