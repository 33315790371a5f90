//! As much of HTTP/1.1 as the receiving side of two requests needs.
//!
//! Owns: reading one request from a connection and writing one answer to it. Refuses: heads over [`MAX_HEAD`], bodies over
//! [`MAX_BODY`], chunked bodies. Holds nothing.

use std::io::{self, BufRead, Read, Write};

/// Longest request line and headers together, bytes.
pub const MAX_HEAD: u64 = 16 * 1024;
/// Longest body, bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// `GET`, `POST` ...
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query without `?`.
    pub query: String,
    headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header; its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The value of a query parameter, as written.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(n, _)| *n == name)
            .map(|(_, v)| v)
    }

    /// Reads one request. `None`: the connection ended between two requests.
    ///
    /// # Errors
    /// What the connection says, and `InvalidData` for what is no request.
    pub fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut head = from.by_ref().take(MAX_HEAD);
        let Some(line) = read_line(&mut head)? else { return Ok(None) };
        let mut words = line.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(bad("the first line is no request"));
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            ..Self::default()
        };
        loop {
            let line = read_line(&mut head)?.ok_or_else(|| bad("the head has no end"))?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| bad("a header without colon"))?;
            request.headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
        if request.header("transfer-encoding").is_some() {
            return Err(bad("chunked bodies are not taken"));
        }
        let length = match request.header("content-length") {
            Some(length) => length.parse::<usize>().map_err(|_| bad("the length is no number"))?,
            None => 0,
        };
        if length > MAX_BODY {
            return Err(bad("the body is too long"));
        }
        request.body = vec![0; length];
        from.read_exact(&mut request.body)?;
        Ok(Some(request))
    }
}

/// A line without its end; `None` at the end of the connection.
fn read_line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let text = line.strip_suffix('\n').ok_or_else(|| bad("the head is too long or has no end"))?;
    Ok(Some(text.strip_suffix('\r').unwrap_or(text).to_owned()))
}

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// Writes one answer with a JSON body.
///
/// # Errors
/// What the connection says.
pub fn answer(to: &mut impl Write, status: u16, json: &str) -> io::Result<()> {
    let reason = match status {
        200 => "OK",
        201 => "Created",
        400 => "Bad Request",
        404 => "Not Found",
        409 => "Conflict",
        422 => "Unprocessable Content",
        503 => "Service Unavailable",
        _ => "Answer",
    };
    let head = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        json.len()
    );
    to.write_all(&[head.as_bytes(), json.as_bytes()].concat())?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> io::Result<Option<Request>> {
        Request::read(&mut text.as_bytes())
    }

    #[test]
    fn a_request_is_read_with_its_headers_and_body_and_the_next_stays() {
        let mut bytes = "POST /records HTTP/1.1\r\nHost: x\r\nIdempotency-Key: S1/7/1\r\nContent-Length: 2\r\n\r\n{}GET /worklist?a=b&station=S1 HTTP/1.1\r\n\r\n".as_bytes();
        let first = Request::read(&mut bytes).unwrap().unwrap();
        assert_eq!((first.method.as_str(), first.path.as_str()), ("POST", "/records"));
        assert_eq!((first.header("idempotency-key"), first.body.as_slice()), (Some("S1/7/1"), &b"{}"[..]));
        let second = Request::read(&mut bytes).unwrap().unwrap();
        assert_eq!(second.parameter("station"), Some("S1"));
        assert_eq!(Request::read(&mut bytes).unwrap(), None);
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(20_000));
        for wrong in [
            "nonsense\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "GET / HTTP/1.1\r\n",
            "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n{}",
            &long,
        ] {
            assert!(read(wrong).is_err(), "{wrong:.60}");
        }
    }
}
