//! Against the standard library's own, over every short length, distance of overlap and place of a difference.
#![allow(unsafe_code)]

use mem_functions::{compare, copy, fill};
use proptest::prelude::*;

const N: usize = 300;

fn numbered() -> Vec<u8> {
    (0..N).map(|i| (i * 7 + i / 251) as u8).collect()
}

fn copied(from: usize, to: usize, n: usize) -> (Vec<u8>, Vec<u8>) {
    let (mut right, mut got) = (numbered(), numbered());
    right.copy_within(from..from + n, to);
    let base = got.as_mut_ptr();
    // SAFETY: both regions lie in the vector.
    unsafe { copy(base.add(to), base.add(from), n) };
    (got, right)
}

#[test]
fn copies_every_length_at_every_overlap() {
    for n in 0..=100 {
        for distance in 0..=100 {
            for (from, to) in [(20, 20 + distance), (20 + distance, 20)] {
                let (got, right) = copied(from, to, n);
                assert_eq!(got, right, "{n} bytes from {from} to {to}");
            }
        }
    }
}

#[test]
fn fills_every_length_and_nothing_beside() {
    for n in 0..=100 {
        for at in 0..20 {
            let (mut right, mut got) = (numbered(), numbered());
            right[at..at + n].fill(0xa5);
            // SAFETY: the region lies in the vector.
            unsafe { fill(got.as_mut_ptr().add(at), 0xa5, n) };
            assert_eq!(got, right, "{n} bytes at {at}");
        }
    }
}

#[test]
fn compares_as_slices_do_wherever_the_difference_is() {
    for n in 0..=70 {
        for at in 0..n {
            for (x, y) in [(0u8, 255u8), (127, 128), (1, 2), (255, 0), (9, 9)] {
                let (mut a, mut b) = (vec![7u8; n], vec![7u8; n]);
                (a[at], b[at]) = (x, y);
                if at + 1 < n {
                    (a[n - 1], b[n - 1]) = (200, 100); // what comes after the first difference does not count
                }
                // SAFETY: both hold `n` bytes.
                let got = unsafe { compare(a.as_ptr(), b.as_ptr(), n) };
                assert_eq!(got.cmp(&0), a.cmp(&b), "{n} bytes, {x} and {y} at {at}");
            }
        }
    }
}

proptest! {
    #[test]
    fn copies_anything(from in 0..N, to in 0..N, n in 0..N) {
        let n = n.min(N - from.max(to));
        let (got, right) = copied(from, to, n);
        prop_assert_eq!(got, right);
    }

    #[test]
    fn compares_anything(a in prop::collection::vec(0u8..3, 0..80), b in prop::collection::vec(0u8..3, 0..80)) {
        let n = a.len().min(b.len());
        // SAFETY: both hold `n` bytes.
        let got = unsafe { compare(a.as_ptr(), b.as_ptr(), n) };
        prop_assert_eq!(got.cmp(&0), a[..n].cmp(&b[..n]));
    }
}
