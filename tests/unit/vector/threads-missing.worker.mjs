// A helper thread whose script can not be evaluated.
throw new Error('this script is broken');
