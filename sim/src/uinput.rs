//! A keyboard of this computer's kernel for a daemon in another process, under a stable name: what a scanner that types plugs in.
//!
//! Owns: the keyboard, made through /dev/uinput, and the symbolic link to its event device. Refuses: to type more than
//! [`AT_ONCE`] a call: the kernel keeps 64 events for a reader, and drops them all when a slow one is further behind. Dropping it pulls the
//! keyboard out, and so does a crash; the link of a crash dangles, and the next start replaces it.

use crate::devices::typist::{KEY, keys, typed};
use crate::pty::Link;
use rustix::io::Errno;
use rustix::ioctl::{IntegerSetter, NoArg, Opcode, Updater, ioctl, opcode};
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Where the kernel makes keyboards.
const UINPUT: &str = "/dev/uinput";
/// `UI_DEV_CREATE`.
const CREATE: Opcode = opcode::none(b'U', 1);
/// `UI_SET_EVBIT`.
const HAS_EVENTS: Opcode = opcode::write::<i32>(b'U', 100);
/// `UI_SET_KEYBIT`.
const HAS_KEY: Opcode = opcode::write::<i32>(b'U', 101);
/// `UI_GET_SYSNAME`, for a name like `input12` with a zero behind it.
const NAME: Opcode = opcode::read::<[u8; 16]>(b'U', 44);
/// `struct uinput_user_dev`: name, bus, maker, product, version; the rest is for other devices.
const DESCRIPTION: usize = 1116;
/// Longest name.
const MAX_NAME: usize = 79;
const USB: u16 = 3;
/// Most characters of one call: up to eight events each, with their marks.
const AT_ONCE: usize = 4;
/// Most characters that wait to be typed.
const MAX_WAITING: usize = 1024;

/// Why there is no keyboard.
#[derive(Debug, thiserror::Error)]
pub enum UinputError {
    /// This kernel makes none, or not yet.
    #[error(
        "a scanner that types needs a keyboard, and {UINPUT} makes none: run `modprobe uinput` as root (a kernel without the \
         module has to do with --scanner line)"
    )]
    Absent,
    /// Not for this person.
    #[error(
        "a scanner that types needs a keyboard, and {UINPUT} is not yours to open: run this as root, or as a member of the \
         group input with the udev rule KERNEL==\"uinput\", GROUP=\"input\", MODE=\"0660\""
    )]
    Denied,
    /// Anything else.
    #[error("the keyboard of a scanner that types: {0}")]
    System(#[from] io::Error),
}

/// One keyboard that is plugged in.
#[derive(Debug)]
pub struct Keyboard {
    _link: Link,
    device: File,
    waiting: VecDeque<u8>,
}

impl Keyboard {
    /// Plugs in a keyboard of this name whose event device has the link's name. An old link of that name is replaced.
    ///
    /// # Errors
    /// [`UinputError`].
    pub fn create(name: &str, link: &Path) -> Result<Self, UinputError> {
        Self::create_at(Path::new(UINPUT), name, link)
    }

    fn create_at(uinput: &Path, name: &str, link: &Path) -> Result<Self, UinputError> {
        let mut device = OpenOptions::new().write(true).open(uinput).map_err(refused)?;
        set::<HAS_EVENTS>(&device, KEY)?;
        keys().try_for_each(|key| set::<HAS_KEY>(&device, key))?;
        device.write_all(&description(name))?;
        plug_in(&device)?;
        let link = Link::to(&event_device(&device)?, link)?;
        Ok(Self { _link: link, device, waiting: VecDeque::new() })
    }

    /// Types the next of these and of those that wait already. What is too much is lost, as in any keyboard.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let room = MAX_WAITING - self.waiting.len();
        self.waiting.extend(bytes.iter().take(room));
        let next: Vec<u8> = self.waiting.drain(..AT_ONCE.min(self.waiting.len())).collect();
        self.device.write_all(&typed(&next))
    }
}

fn refused(error: io::Error) -> UinputError {
    match Errno::from_io_error(&error) {
        Some(Errno::NOENT | Errno::NODEV | Errno::NXIO) => UinputError::Absent,
        Some(Errno::ACCESS | Errno::PERM) => UinputError::Denied,
        Some(_) | None => UinputError::System(error),
    }
}

fn description(name: &str) -> [u8; DESCRIPTION] {
    let mut all = [0; DESCRIPTION];
    all.iter_mut().zip(name.bytes().take(MAX_NAME)).for_each(|(place, byte)| *place = byte);
    all[80..82].copy_from_slice(&USB.to_ne_bytes());
    all
}

/// The event device that the kernel has made of it.
fn event_device(device: &File) -> io::Result<PathBuf> {
    let name = system_name(device)?;
    let name: String = name.into_iter().take_while(|byte| *byte != 0).map(char::from).collect();
    for entry in std::fs::read_dir(Path::new("/sys/devices/virtual/input").join(name))? {
        let file = entry?.file_name();
        if file.to_string_lossy().starts_with("event") {
            return Ok(Path::new("/dev/input").join(file));
        }
    }
    Err(io::Error::new(io::ErrorKind::NotFound, "it has no event device (`modprobe evdev`)"))
}

#[allow(unsafe_code, reason = "the kernel's call has no safe form in the libraries in use")]
fn set<const WHAT: Opcode>(device: &File, value: u16) -> io::Result<()> {
    // SAFETY: UI_SET_EVBIT and UI_SET_KEYBIT take an integer by value and touch no memory of this process.
    Ok(unsafe { ioctl(device, IntegerSetter::<WHAT>::new_usize(value.into())) }?)
}

#[allow(unsafe_code, reason = "the kernel's call has no safe form in the libraries in use")]
fn plug_in(device: &File) -> io::Result<()> {
    // SAFETY: UI_DEV_CREATE takes no argument.
    Ok(unsafe { ioctl(device, NoArg::<CREATE>::new()) }?)
}

#[allow(unsafe_code, reason = "the kernel's call has no safe form in the libraries in use")]
fn system_name(device: &File) -> io::Result<[u8; 16]> {
    let mut name = [0; 16];
    // SAFETY: UI_GET_SYSNAME writes as many bytes at most as its number says, which are those of the array.
    unsafe { ioctl(device, Updater::<NAME, [u8; 16]>::new(&mut name)) }?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_keyboard_is_told_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("bed1.scanner");
        let told = |uinput: &Path| Keyboard::create_at(uinput, "a scanner", &link).unwrap_err();
        let absent = told(Path::new("/nonexistent/uinput"));
        assert!(
            matches!(absent, UinputError::Absent) && absent.to_string().contains("modprobe uinput"),
            "{absent}"
        );
        let denied = refused(Errno::ACCESS.into());
        assert!(matches!(denied, UinputError::Denied) && denied.to_string().contains("as root"), "{denied}");
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(told(file.path()), UinputError::System(_)), "a file makes no keyboards");
        assert!(!link.is_symlink());
    }

    /// By the kernel's `linux/uinput.h`, on a 64-bit machine.
    #[test]
    fn the_kernel_s_numbers() {
        assert_eq!([CREATE, HAS_EVENTS, HAS_KEY, NAME], [0x5501, 0x4004_5564, 0x4004_5565, 0x8010_552c]);
        let all = description(&"x".repeat(200));
        assert_eq!((all[78], all[79], all[80], all[81]), (b'x', 0, 3, 0));
    }
}
