// A module whose export becomes an SQL function.
export const shout = (text) => `${text.toUpperCase()}!`;
