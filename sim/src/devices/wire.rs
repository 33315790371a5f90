//! A serial line at its own pace: a byte takes as long as its bits.
//!
//! Owns: bytes on their way to the station and when each has arrived. Refuses: more than [`MAX_QUEUED`] bytes at once;
//! what is beyond is lost, as in a device whose buffer is full. Lost in a crash, as on a real cable.

use station::measure::{Mono, Span};
use std::collections::VecDeque;

/// Most bytes on their way.
pub const MAX_QUEUED: usize = 8 * 1024;

/// The device's sending side of a line, 8N1.
#[derive(Debug, Clone)]
pub struct Wire {
    byte_us: u64,
    queue: VecDeque<u8>,
    /// Bytes that follow each other without a gap: when the first of them arrives, and how many.
    runs: VecDeque<(u64, usize)>,
    free_at: u64,
    plugged: bool,
}

impl Wire {
    /// A line of this many bits per second.
    pub fn new(baud: u32) -> Self {
        let byte_us = (10_000_000 / u64::from(baud.max(1))).max(1);
        Self { byte_us, queue: VecDeque::new(), runs: VecDeque::new(), free_at: 0, plugged: true }
    }

    /// Sends bytes from `now` on, behind what is still on its way.
    pub fn send(&mut self, now: Mono, bytes: &[u8]) {
        if !self.plugged {
            return;
        }
        self.free_at = self.free_at.max(now.0);
        let count = bytes.len().min(MAX_QUEUED - self.queue.len());
        if count == 0 {
            return;
        }
        let first = self.free_at + self.byte_us;
        match self.runs.back_mut() {
            Some((at, len)) if *at + *len as u64 * self.byte_us == first => *len += count,
            Some(_) | None => self.runs.push_back((first, count)),
        }
        self.queue.extend(&bytes[..count]);
        self.free_at += count as u64 * self.byte_us;
    }

    /// Bytes that have arrived by `now`.
    pub fn take(&mut self, now: Mono) -> Vec<u8> {
        let mut arrived = 0;
        while let Some((first, len)) = self.runs.front_mut().filter(|(first, _)| *first <= now.0) {
            let count = usize::try_from((now.0 - *first) / self.byte_us)
                .map_or(*len, |n| n.saturating_add(1).min(*len));
            arrived += count;
            if count == *len {
                self.runs.pop_front();
            } else {
                (*first, *len) = (*first + count as u64 * self.byte_us, *len - count);
            }
        }
        if arrived == 0 {
            return Vec::new();
        }
        let bytes = self.queue.make_contiguous()[..arrived].to_vec();
        self.queue.drain(..arrived);
        bytes
    }

    /// Whether nothing is on its way.
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty()
    }

    /// When the last byte on its way will have arrived.
    pub fn arrives_at(&self) -> Option<Mono> {
        self.runs.back().map(|(first, len)| Mono(first + (*len as u64 - 1) * self.byte_us))
    }

    /// How long so many bytes are under way.
    pub fn lasts(&self, bytes: usize) -> Span {
        Span(bytes as u64 * self.byte_us)
    }

    /// Pulls the cable or plugs it in. What was on its way is lost.
    pub fn plug(&mut self, plugged: bool) {
        self.plugged = plugged;
        self.queue.clear();
        self.runs.clear();
    }

    /// Whether the cable is in.
    pub fn is_plugged(&self) -> bool {
        self.plugged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_arrive_at_the_pace_of_the_line() {
        let mut wire = Wire::new(9600);
        wire.send(Mono(0), &[b'x'; 18]);
        assert_eq!(wire.take(Mono(1_041 * 9)).len(), 9);
        assert_eq!(wire.take(Mono(18_749)).len(), 9, "18 characters take 18.75 ms");
        assert!(wire.is_idle());
    }

    #[test]
    fn a_full_line_and_a_pulled_cable_lose_bytes() {
        let mut wire = Wire::new(9600);
        wire.send(Mono(0), &vec![0; MAX_QUEUED + 100]);
        assert_eq!(wire.take(Mono(u64::MAX)).len(), MAX_QUEUED);
        wire.send(Mono(0), b"abc");
        wire.plug(false);
        wire.send(Mono(0), b"def");
        assert!(wire.take(Mono(u64::MAX)).is_empty());
    }
}
