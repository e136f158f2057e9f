//! Slices in, numbers out: the distance kernels.
#![no_std]
