// A helper thread that never says a word.
setInterval(() => {}, 1000);
