//! A scanner that pretends to be a keyboard, taken away from everybody else.
//!
//! Owns: the grabbed input device, and the way from key presses to the characters of a US keyboard; Enter is a carriage return. So a
//! wedge scanner reads like one on a serial line. Refuses: to share the device: without the grab a label would be typed into
//! whatever has the screen, and could press its keys. Keys without a character and repeated presses are dropped. A crash
//! gives the keyboard back to the system. A label of which the kernel dropped a part is given as what is no text.
//!
//! A keyboard has no framing and no check, and loses what it has no key for; a separator (GS) is read when it comes as Ctrl and
//! `]`. A serial scanner is the better one.

use super::serial::LinkError;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// `EVIOCGRAB`: `_IOW('E', 0x90, int)`.
const GRAB: rustix::ioctl::Opcode = 0x4004_4590;
/// Size of one event: seconds and microseconds of eight bytes each, type, code, value.
const EVENT: usize = 24;
/// Type of a key event.
const KEY: u16 = 1;
/// Type and code of the mark that the kernel has dropped events, `EV_SYN` and `SYN_DROPPED`: nobody read them in time.
const DROPPED: (u16, u16) = (0, 3);
/// Stands in a line where characters are lost, so that it is no text and not a shorter label.
const LOST: u8 = 0;
/// Value of a press; 0 is a release, 2 a repetition by itself.
const PRESS: i32 = 1;
/// Most events of one read.
const MAX_EVENTS: usize = 64;

const ENTER: [u16; 2] = [28, 96];
const SHIFTS: [u16; 2] = [42, 54];
const CONTROLS: [u16; 2] = [29, 97];
/// Key of `]`, which together with Ctrl is GS.
const RIGHT_BRACKET: u16 = 27;

/// Rows of a US keyboard: code of the first key, characters without and with Shift.
const ROWS: [(u16, &[u8], &[u8]); 6] = [
    (2, b"1234567890-=", b"!@#$%^&*()_+"),
    (16, b"qwertyuiop[]", b"QWERTYUIOP{}"),
    (30, b"asdfghjkl;'`", b"ASDFGHJKL:\"~"),
    (43, b"\\zxcvbnm,./", b"|ZXCVBNM<>?"),
    (55, b"*", b"*"),
    (57, b" ", b" "),
];
/// The keypad, 71 to 83: some scanners type digits there.
const KEYPAD: &[u8] = b"789-456+1230.";

/// From key events to characters.
#[derive(Debug, Default, Clone, Copy)]
pub struct Keyboard {
    shift: bool,
    control: bool,
    /// Events were dropped: what comes up to the next Enter belongs to a label of which a part is missing.
    lost: bool,
}

impl Keyboard {
    /// One event, as the kernel gives it; `None` when it is no character.
    pub fn event(&mut self, event: &[u8; EVENT]) -> Option<u8> {
        let kind = u16::from_ne_bytes([event[16], event[17]]);
        let code = u16::from_ne_bytes([event[18], event[19]]);
        let value = i32::from_ne_bytes([event[20], event[21], event[22], event[23]]);
        if (kind, code) == DROPPED {
            // Which keys are down is not known either.
            *self = Self { lost: true, ..Self::default() };
            return Some(LOST);
        }
        if kind != KEY {
            return None;
        }
        if SHIFTS.contains(&code) {
            self.shift = value != 0;
        } else if CONTROLS.contains(&code) {
            self.control = value != 0;
        } else if value == PRESS {
            return self.pressed(code);
        }
        None
    }

    fn pressed(&mut self, code: u16) -> Option<u8> {
        if ENTER.contains(&code) {
            self.lost = false;
            return Some(b'\r');
        }
        if self.lost {
            return None;
        }
        if self.control {
            return (code == RIGHT_BRACKET).then_some(0x1d);
        }
        let in_row = ROWS.iter().find_map(|(first, plain, shifted)| {
            let row = if self.shift { shifted } else { plain };
            row.get(usize::from(code.checked_sub(*first)?)).copied()
        });
        in_row.or_else(|| KEYPAD.get(usize::from(code.checked_sub(71)?)).copied())
    }
}

/// A grabbed keyboard.
#[derive(Debug)]
pub struct KeyLink {
    device: AsyncFd<OwnedFd>,
    keyboard: Keyboard,
    path: PathBuf,
}

impl KeyLink {
    /// Opens and grabs the device. Must be called within a tokio runtime with I/O.
    ///
    /// # Errors
    /// [`LinkError`] with the reason in words; [`LinkError::Busy`] when somebody else has grabbed it.
    pub fn open(path: &Path) -> Result<Self, LinkError> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = rustix::fs::open(path, flags, Mode::empty());
        let file = opened.map_err(|error| open_error(path, error))?;
        grab(&file).map_err(|error| open_error(path, error))?;
        Self::over(file, path)
    }

    /// Takes an open device as it is.
    ///
    /// # Errors
    /// [`LinkError::System`] when the runtime does not take it.
    pub fn over(file: OwnedFd, path: &Path) -> Result<Self, LinkError> {
        let path = path.to_owned();
        match watch(file) {
            Ok(device) => Ok(Self { device, keyboard: Keyboard::default(), path }),
            Err(source) => Err(LinkError::System { path, source }),
        }
    }

    /// Waits for characters: at least one, at most as many as `buffer` holds, which must not be empty. Dropping the future
    /// loses nothing.
    ///
    /// # Errors
    /// [`LinkError::Unplugged`] when the device is gone.
    pub async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, LinkError> {
        loop {
            let mut ready = match self.device.readable().await {
                Ok(ready) => ready,
                Err(source) => return Err(LinkError::System { path: self.path.clone(), source }),
            };
            let mut events = [0_u8; EVENT * MAX_EVENTS];
            let room = EVENT * buffer.len().min(MAX_EVENTS);
            let read = ready.try_io(|file| Ok(rustix::io::read(file.get_ref(), &mut events[..room])?));
            let Ok(read) = read else { continue };
            let count = match read {
                Ok(0) => return Err(LinkError::Unplugged { path: self.path.clone() }),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(LinkError::Unplugged { path: self.path.clone() }),
            };
            let keyboard = &mut self.keyboard;
            let (whole, _) = events[..count].as_chunks::<EVENT>();
            let characters = whole.iter().filter_map(|event| keyboard.event(event));
            let given =
                buffer.iter_mut().zip(characters).map(|(place, character)| *place = character).count();
            if given > 0 {
                return Ok(given);
            }
        }
    }
}

fn open_error(path: &Path, error: Errno) -> LinkError {
    let path = path.to_owned();
    match error {
        Errno::NOENT | Errno::NODEV | Errno::NXIO => LinkError::Absent { path },
        Errno::BUSY => LinkError::Busy { path },
        Errno::ACCESS | Errno::PERM => LinkError::Denied { path },
        other => LinkError::System { path, source: other.into() },
    }
}

#[allow(unsafe_code, reason = "the kernel's call has no safe form in the libraries in use")]
fn grab(file: &OwnedFd) -> Result<(), Errno> {
    // SAFETY: EVIOCGRAB takes an integer by value and touches no memory of this process.
    unsafe { rustix::ioctl::ioctl(file, rustix::ioctl::IntegerSetter::<GRAB>::new_usize(1)) }
}

#[allow(unsafe_code, reason = "the runtime has no safe way to watch a descriptor of one's own")]
fn watch(file: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an OwnedFd is open as long as it lives, always names the same descriptor, and the AsyncFd owns it from here on.
    let watched = unsafe { AsyncFd::register_with_interest(file, Interest::READABLE) };
    watched.map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn event(kind: u16, code: u16, value: i32) -> [u8; EVENT] {
        let mut event = [0; EVENT];
        event[16..18].copy_from_slice(&kind.to_ne_bytes());
        event[18..20].copy_from_slice(&code.to_ne_bytes());
        event[20..24].copy_from_slice(&value.to_ne_bytes());
        event
    }

    /// Presses and releases with their synchronisation, as a scanner types them.
    fn typed(keys: &[(u16, bool)]) -> Vec<u8> {
        let mut all = Vec::new();
        for (code, shift) in keys {
            let strokes = [(42, 1), (*code, 1), (*code, 2), (*code, 0), (42, 0)];
            for (key, value) in strokes.into_iter().filter(|(key, _)| *key != 42 || *shift) {
                all.extend(event(KEY, key, value));
                all.extend(event(0, 0, 0));
            }
        }
        all
    }

    fn text(bytes: &[u8]) -> Vec<u8> {
        let mut keyboard = Keyboard::default();
        bytes.as_chunks::<EVENT>().0.iter().filter_map(|event| keyboard.event(event)).collect()
    }

    #[test]
    fn a_label_typed_on_a_us_keyboard() {
        // ] C 0 = G 1 2 Enter: with repetitions and synchronisation between them, which are no characters.
        let keys = [
            (27, false),
            (46, true),
            (11, false),
            (13, false),
            (34, true),
            (2, false),
            (3, false),
            (28, false),
        ];
        assert_eq!(text(&typed(&keys)), b"]C0=G12\r");
        assert_eq!(text(&typed(&[(7, true), (51, true), (43, true), (79, false), (96, false)])), b"^<|1\r");
        assert_eq!(text(&typed(&[(59, false), (125, false)])), b"", "function keys are no characters");
    }

    #[test]
    fn a_separator_comes_as_control_and_bracket() {
        let mut all = event(KEY, 29, 1).to_vec();
        all.extend(typed(&[(27, false), (46, false)]));
        all.extend(event(KEY, 29, 0));
        all.extend(typed(&[(46, false)]));
        assert_eq!(text(&all), b"\x1dc", "with Ctrl only the separator is read");
    }

    #[test]
    fn a_label_of_which_a_part_is_lost_is_no_text() {
        let mut all = event(KEY, 42, 1).to_vec();
        all.extend(typed(&[(34, false)]));
        all.extend(event(0, 3, 0));
        all.extend(typed(&[(2, false), (28, false), (34, false), (28, false)]));
        assert_eq!(text(&all), b"G\0\rg\r", "the next label is whole, and Shift is up");
    }

    #[tokio::test]
    async fn characters_come_from_a_device_until_it_is_pulled_out() {
        let (device, mut scanner) = io::pipe().unwrap();
        rustix::fs::fcntl_setfl(&device, OFlags::NONBLOCK).unwrap();
        let mut link = KeyLink::over(device.into(), Path::new("/dev/input/none")).unwrap();
        scanner.write_all(&typed(&[(34, true), (28, false)])).unwrap();
        let mut buffer = [0; 16];
        let mut read = Vec::new();
        while !read.ends_with(b"\r") {
            let count = link.read(&mut buffer).await.unwrap();
            read.extend_from_slice(&buffer[..count]);
        }
        assert_eq!(read, b"G\r");
        drop(scanner);
        assert!(matches!(link.read(&mut buffer).await, Err(LinkError::Unplugged { .. })));
    }

    #[tokio::test]
    async fn what_cannot_be_grabbed_is_not_opened() {
        assert!(matches!(KeyLink::open(Path::new("/nonexistent/kbd")), Err(LinkError::Absent { .. })));
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(KeyLink::open(file.path()).is_err(), "a file is no keyboard");
    }
}
