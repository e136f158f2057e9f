//! Numbers as bits that order as they do.

/// Unsigned bits.
pub trait Key: Copy + Default + Ord + Send + Sync + 'static {
    const BITS: u32;
    /// The bits from `shift` on, as far as a digit may need them.
    fn low(self, shift: u32) -> usize;
}

impl Key for u32 {
    const BITS: u32 = 32;
    #[inline(always)]
    fn low(self, shift: u32) -> usize {
        (self >> shift) as usize
    }
}
impl Key for u64 {
    const BITS: u32 = 64;
    #[inline(always)]
    fn low(self, shift: u32) -> usize {
        (self >> shift) as usize
    }
}

/// What is moved: a key, or a key with its place.
pub trait Item: Copy + Default + Send + Sync + 'static {
    type Key: Key;
    fn key(&self) -> Self::Key;
}

impl<K: Key> Item for K {
    type Key = K;
    #[inline(always)]
    fn key(&self) -> K {
        *self
    }
}
impl<K: Key> Item for (K, u32) {
    type Key = K;
    #[inline(always)]
    fn key(&self) -> K {
        self.0
    }
}

/// A number that can be sorted.
pub trait Sortable: Copy + Default + Send + Sync + 'static {
    type Key: Key + Item<Key = Self::Key>;
    /// Rises with the value, or falls with it where `descending`; NaN has the greatest of all.
    fn key(self, descending: bool) -> Self::Key;
    fn of_key(key: Self::Key, descending: bool) -> Self;
}

macro_rules! float {
    ($t:ident, $bits:ident, $int:ident) => {
        impl Sortable for $t {
            type Key = $bits;
            #[inline(always)]
            fn key(self, descending: bool) -> $bits {
                let bits = self.to_bits();
                // Negative numbers: all bits turned; others: the sign.
                let sign = (bits as $int >> ($bits::BITS - 1)) as $bits;
                let key = bits ^ (sign | 1 << ($bits::BITS - 1));
                if self.is_nan() {
                    $bits::MAX
                } else if descending {
                    !key
                } else {
                    key
                }
            }
            #[inline(always)]
            fn of_key(key: $bits, descending: bool) -> Self {
                if key == $bits::MAX {
                    return $t::NAN;
                }
                let key = if descending { !key } else { key };
                let sign = (key as $int >> ($bits::BITS - 1)) as $bits;
                $t::from_bits(key ^ (!sign | 1 << ($bits::BITS - 1)))
            }
        }
    };
}
float!(f64, u64, i64);
float!(f32, u32, i32);

impl Sortable for u32 {
    type Key = u32;
    #[inline(always)]
    fn key(self, descending: bool) -> u32 {
        if descending { !self } else { self }
    }
    #[inline(always)]
    fn of_key(key: u32, descending: bool) -> Self {
        Sortable::key(key, descending)
    }
}
impl Sortable for i32 {
    type Key = u32;
    #[inline(always)]
    fn key(self, descending: bool) -> u32 {
        Sortable::key(self.cast_unsigned() ^ 1 << 31, descending)
    }
    #[inline(always)]
    fn of_key(key: u32, descending: bool) -> Self {
        (u32::of_key(key, descending) ^ 1 << 31).cast_signed()
    }
}
