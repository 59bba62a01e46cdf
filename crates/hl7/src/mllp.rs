//! Frames of the minimal lower layer protocol: a vertical tab, the message, a file separator and a carriage return. The
//! decoder never holds more than the longest message it was told to take, whatever arrives.

/// Before a message.
pub const START: u8 = 0x0B;
/// After it.
pub const END: u8 = 0x1C;
const RETURN: u8 = b'\r';
/// Kept of a frame that is too long: enough for the header that an answer needs.
const HEAD: usize = 1_024;

/// What the bytes came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A whole message.
    Message(Vec<u8>),
    /// A message that is longer than is taken. Its beginning is kept for the answer, the rest of it is passed over.
    TooLong(Vec<u8>),
    /// A message that broke off: another began before it had ended, or the connection did.
    Broken(Vec<u8>),
    /// Bytes outside of any frame.
    Stray,
}

/// Takes bytes as they arrive.
#[derive(Debug)]
pub struct Decoder {
    most: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Between frames; whether stray bytes were told of.
    Outside {
        told: bool,
    },
    Inside(Vec<u8>),
    /// In the rest of a message that is too long.
    Skipping,
}

impl Decoder {
    /// A decoder that takes messages of at most `most` bytes.
    pub fn new(most: usize) -> Self {
        Self { most, state: State::Outside { told: false } }
    }

    /// Takes bytes up to the end of the next frame, and moves `bytes` past what it took. None: all were taken, and no
    /// frame has ended.
    pub fn take(&mut self, bytes: &mut &[u8]) -> Option<Frame> {
        while !bytes.is_empty() {
            let taken = match &mut self.state {
                State::Outside { .. } => self.outside(bytes),
                State::Inside(_) => self.inside(bytes),
                State::Skipping => self.skip(bytes),
            };
            if taken.is_some() {
                return taken;
            }
        }
        None
    }

    /// Whether a frame has begun and not ended.
    pub fn is_inside(&self) -> bool {
        !matches!(self.state, State::Outside { .. })
    }

    /// The connection ended: what had begun is broken.
    pub fn finish(&mut self) -> Option<Frame> {
        match std::mem::replace(&mut self.state, State::Outside { told: false }) {
            State::Inside(message) => Some(Frame::Broken(message)),
            State::Outside { .. } | State::Skipping => None,
        }
    }

    /// Passes over line ends between frames; tells once of anything else.
    fn outside(&mut self, bytes: &mut &[u8]) -> Option<Frame> {
        let start = memchr::memchr(START, bytes);
        let (before, rest) = bytes.split_at(start.unwrap_or(bytes.len()));
        *bytes = rest.get(1..).unwrap_or_default();
        let stray = before.iter().any(|byte| !matches!(*byte, RETURN | b'\n' | END));
        let known = matches!(self.state, State::Outside { told: true });
        self.state = match start {
            Some(_) => State::Inside(Vec::new()),
            None => State::Outside { told: known || stray },
        };
        (stray && !known).then_some(Frame::Stray)
    }

    fn inside(&mut self, bytes: &mut &[u8]) -> Option<Frame> {
        let State::Inside(message) = &mut self.state else { return None };
        let end = memchr::memchr2(START, END, bytes);
        let (text, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        let room = self.most - message.len();
        message.extend_from_slice(&text[..text.len().min(room)]);
        if text.len() > room {
            *bytes = &bytes[room..];
            let mut head = std::mem::take(message);
            head.truncate(HEAD);
            head.shrink_to_fit();
            self.state = State::Skipping;
            return Some(Frame::TooLong(head));
        }
        *bytes = rest.get(1..).unwrap_or_default();
        let sign = *rest.first()?;
        let message = std::mem::take(message);
        if sign == START {
            return Some(Frame::Broken(message));
        }
        self.state = State::Outside { told: false };
        Some(Frame::Message(message))
    }

    /// A start inside what is passed over begins the next message: the sender gave the long one up.
    fn skip(&mut self, bytes: &mut &[u8]) -> Option<Frame> {
        let end = memchr::memchr2(START, END, bytes);
        let rest = &bytes[end.unwrap_or(bytes.len())..];
        *bytes = rest.get(1..).unwrap_or_default();
        match rest.first() {
            None => {}
            Some(&START) => self.state = State::Inside(Vec::new()),
            Some(_) => self.state = State::Outside { told: false },
        }
        None
    }
}

/// A message in its frame. Signs of the frame inside the message are left out: they would end it.
pub fn framed(message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(message.len() + 3);
    frame.push(START);
    frame.extend(message.iter().copied().filter(|byte| !matches!(*byte, START | END)));
    frame.extend([END, RETURN]);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frames(most: usize, pieces: &[&[u8]]) -> Vec<Frame> {
        let mut decoder = Decoder::new(most);
        let mut frames = Vec::new();
        for piece in pieces {
            let mut rest = *piece;
            while let Some(frame) = decoder.take(&mut rest) {
                frames.push(frame);
            }
        }
        frames.extend(decoder.finish());
        frames
    }

    fn message(text: &str) -> Frame {
        Frame::Message(text.as_bytes().to_vec())
    }

    #[test]
    fn frames_are_found_however_they_are_cut() {
        let whole = b"\x0Bone\x1C\r\x0Btwo\x1C\r\n\x0B\x1C\r";
        let expected = vec![message("one"), message("two"), message("")];
        assert_eq!(frames(9, &[whole]), expected);
        let bytes: Vec<&[u8]> = whole.chunks(1).collect();
        assert_eq!(frames(9, &bytes), expected);
    }

    #[test]
    fn broken_frames_are_told_and_the_next_is_whole() {
        for (bytes, expected) in [
            (&b"\x0Bone\x0Btwo\x1C\r"[..], vec![Frame::Broken(b"one".to_vec()), message("two")]),
            (b"\x0Bone\x1C\x0Btwo\x1C", vec![message("one"), message("two")]),
            (b"GET / HTTP\r\n\x0Bone\x1C\r", vec![Frame::Stray, message("one")]),
            (b"\x0Bone\x1C\r\x0Btw", vec![message("one"), Frame::Broken(b"tw".to_vec())]),
            (b"one\r", vec![Frame::Stray]),
            (b"\r\n\x1C\r", vec![]),
        ] {
            assert_eq!(frames(9, &[bytes]), expected, "{bytes:?}");
        }
        assert_eq!(frames(9, &[b"noise", b"noise", b"noise"]), [Frame::Stray]);
    }

    /// A gigabyte in one frame: told once, with memory that does not grow, and the frame after it is read.
    #[test]
    fn a_frame_of_a_gigabyte_is_refused_with_flat_memory() {
        let piece = vec![b'x'; 1 << 20];
        let mut decoder = Decoder::new(4 << 20);
        let mut told = Vec::new();
        let mut take = |mut bytes: &[u8]| {
            while let Some(frame) = decoder.take(&mut bytes) {
                told.push(frame);
            }
            match &decoder.state {
                State::Inside(message) => assert!(message.capacity() <= 8 << 20),
                State::Outside { .. } | State::Skipping => {}
            }
        };
        take(b"\x0BMSH|");
        for _ in 0..1024 {
            take(&piece);
        }
        take(b"\x1C\r\x0Bnext\x1C\r");
        let [Frame::TooLong(head), next] = told.as_slice() else { panic!("{}", told.len()) };
        assert!(head.starts_with(b"MSH|x") && head.len() == HEAD && head.capacity() < 2 * HEAD);
        assert_eq!(*next, message("next"));
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_frames(bytes in proptest::collection::vec(prop_oneof![Just(START), Just(END), Just(b'\r'), Just(b'x')], 0..60), cut in 1_usize..7) {
            let pieces: Vec<&[u8]> = bytes.chunks(cut).collect();
            prop_assert_eq!(frames(3, &[&bytes]), frames(3, &pieces));
        }

        #[test]
        fn what_is_framed_is_taken(message in proptest::collection::vec(any::<u8>(), 0..60)) {
            let kept: Vec<u8> = message.iter().copied().filter(|byte| !matches!(*byte, START | END)).collect();
            prop_assert_eq!(frames(60, &[&framed(&message)]), vec![Frame::Message(kept)]);
        }
    }
}
