//! Frames: lines of at most [`MAX_FRAME`] bytes.
//!
//! Owns: splitting what arrives, and writing with a limit of time. Refuses: longer lines (the connection ends) and waiting
//! for a peer that does not read. Reading may be cancelled at any point without losing bytes.

use station::api::{MAX_FRAME, Reply};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

/// A terminal that has not taken a frame in this time is dropped.
const WRITE_LIMIT: Duration = Duration::from_secs(2);

/// The reading side of a connection.
pub(super) struct FrameReader {
    inner: BufReader<OwnedReadHalf>,
    line: Vec<u8>,
}

/// Why there is no next frame.
#[derive(Debug, thiserror::Error)]
pub(super) enum FrameError {
    /// The peer is gone.
    #[error("the connection is closed")]
    Closed,
    /// A line over the bound.
    #[error("a line of more than {MAX_FRAME} bytes")]
    TooLong,
    /// The system failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl FrameReader {
    pub(super) fn new(half: OwnedReadHalf) -> Self {
        Self { inner: BufReader::new(half), line: Vec::new() }
    }

    /// The next line without its end. What has arrived of it stays here when the future is dropped.
    pub(super) async fn next(&mut self) -> Result<Vec<u8>, FrameError> {
        loop {
            let chunk = self.inner.fill_buf().await?;
            if chunk.is_empty() {
                return Err(FrameError::Closed);
            }
            let end = chunk.iter().position(|b| *b == b'\n');
            let take = end.unwrap_or(chunk.len());
            if self.line.len() + take >= MAX_FRAME {
                return Err(FrameError::TooLong);
            }
            self.line.extend_from_slice(&chunk[..take]);
            self.inner.consume(take + usize::from(end.is_some()));
            if end.is_some() {
                return Ok(std::mem::take(&mut self.line));
            }
        }
    }
}

/// Writes one reply.
///
/// # Errors
/// [`FrameError::TooLong`] when it does not fit a frame, [`FrameError::Closed`] when the peer does not read in time.
pub(super) async fn write(half: &mut OwnedWriteHalf, reply: &Reply) -> Result<(), FrameError> {
    let mut line = serde_json::to_vec(reply).map_err(io::Error::from)?;
    if line.len() >= MAX_FRAME {
        return Err(FrameError::TooLong);
    }
    line.push(b'\n');
    match tokio::time::timeout(WRITE_LIMIT, half.write_all(&line)).await {
        Ok(written) => Ok(written?),
        Err(_) => Err(FrameError::Closed),
    }
}
