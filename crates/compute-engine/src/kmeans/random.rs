//! Random numbers that JavaScript draws as well.

/// mulberry32, two draws a number: 53 bits.
pub struct Random {
    state: u32,
}

impl Random {
    pub fn new(seed: u32) -> Self {
        Self { state: seed }
    }

    fn draw(&mut self) -> u32 {
        self.state = self.state.wrapping_add(0x6d2b_79f5);
        let a = self.state;
        let mut t = (a ^ a >> 15).wrapping_mul(1 | a);
        t = t.wrapping_add((t ^ t >> 7).wrapping_mul(61 | t)) ^ t;
        t ^ t >> 14
    }

    /// From 0 to below 1.
    pub fn next(&mut self) -> f64 {
        let high = f64::from(self.draw() >> 5);
        (high * 67_108_864.0 + f64::from(self.draw() >> 6)) / 9_007_199_254_740_992.0
    }
}
