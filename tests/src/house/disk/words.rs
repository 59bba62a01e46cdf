//! The numbers and names of which the kernel's questions and our answers are made, in this machine's order of bytes.

use rustix::io::Errno;

use super::store::{Done, Name};

/// A question, read from its beginning.
pub(super) struct Question<'a>(pub &'a [u8]);

impl<'a> Question<'a> {
    pub fn small(&mut self) -> Done<u32> {
        self.take::<4>().map(u32::from_ne_bytes)
    }

    pub fn large(&mut self) -> Done<u64> {
        self.take::<8>().map(u64::from_ne_bytes)
    }

    /// A number that counts bytes of a file.
    pub fn count(&mut self) -> Done<usize> {
        usize::try_from(self.large()?).map_err(|_| Errno::FBIG)
    }

    /// Passes over numbers that say nothing to us.
    pub fn skip(&mut self, bytes: usize) -> Done<()> {
        self.0 = self.0.get(bytes..).ok_or(Errno::PROTO)?;
        Ok(())
    }

    /// Text up to the zero that ends it.
    pub fn text(&mut self) -> Done<Name> {
        let end = self.0.iter().position(|byte| *byte == 0).ok_or(Errno::PROTO)?;
        let text = self.0[..end].to_vec();
        self.skip(end + 1)?;
        Ok(text)
    }

    fn take<const N: usize>(&mut self) -> Done<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>().ok_or(Errno::PROTO)?;
        self.0 = rest;
        Ok(*first)
    }
}

/// An answer in the making.
#[derive(Default)]
pub(super) struct Answer(pub Vec<u8>);

impl Answer {
    pub fn small(mut self, number: u32) -> Self {
        self.0.extend(number.to_ne_bytes());
        self
    }

    pub fn large(mut self, number: u64) -> Self {
        self.0.extend(number.to_ne_bytes());
        self
    }

    pub fn zeros(mut self, bytes: usize) -> Self {
        self.0.resize(self.0.len() + bytes, 0);
        self
    }

    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }
}
