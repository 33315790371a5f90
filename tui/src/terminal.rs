//! The loop around everything: keys, socket and ticks in, frames and requests out. The only file here that reads a clock.
//!
//! Owns: the real terminal and its restoring, the threads, the pace of drawing. Refuses: waiting for anything longer than
//! a tick, and leaving the terminal raw however it ends (a guard and a panic hook restore it). A crash loses a half-typed
//! form; the station goes on.
//!
//! `Terminal::clear` is never called: it asks the terminal where the cursor is and would race the reader of keys.

use crate::app::{App, Effect, Screen, wipe};
use crate::companion::Companion;
use crate::link::{self, Heard, Patience, Writer};
use crate::update::{Message, update};
use crate::view;
use crate::words::Language;
use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton};
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste};
use crossterm::event::{EnableMouseCapture, MouseEvent, MouseEventKind};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect};
use std::io::{self, IsTerminal, Stdout, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Pace of drawing and flashing.
const TICK: Duration = Duration::from_millis(100);
/// Most messages waiting to be taken; the readers wait beyond.
const QUEUE: usize = 256;

/// What the terminal has to know to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerminalSettings {
    /// The daemon's control socket.
    pub socket: PathBuf,
    /// Language to begin in.
    pub language: Language,
}

/// Why the terminal cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    /// Standard input or output is no terminal.
    #[error("not a terminal: start it on a console, over ssh -t, or in a terminal window")]
    NoTerminal,
    /// The terminal failed.
    #[error("the terminal failed: {0}")]
    Io(#[from] io::Error),
}

/// Runs the nurse terminal until the person closes it.
///
/// # Errors
/// [`TerminalError`]. A missing daemon is no error: the terminal says so and connects when it is there.
pub fn run(settings: TerminalSettings, companion: Option<Box<dyn Companion>>) -> Result<(), TerminalError> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(TerminalError::NoTerminal);
    }
    let guard = Guard::take()?;
    let stop = Arc::new(AtomicBool::new(false));
    let (tell, heard) = sync_channel(QUEUE);
    let socket = settings.socket.clone();
    let (link_stop, link_tell) = (Arc::clone(&stop), tell.clone());
    std::thread::Builder::new()
        .name("link".to_owned())
        .spawn(move || link::run(&socket, Patience::PRODUCT, &link_stop, &link_tell))?;
    let key_stop = Arc::clone(&stop);
    let keys =
        std::thread::Builder::new().name("keys".to_owned()).spawn(move || read_keys(&key_stop, &tell))?;
    let terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
    let mut session = Session {
        app: App::new(settings.language, id_prefix()),
        terminal,
        writer: None,
        companion,
        begun: Instant::now(),
    };
    let result = session.go(&heard);
    stop.store(true, Ordering::Relaxed);
    // The reader of keys ends within a tick; the link may still wait in a read and ends with the process.
    drop(heard);
    let joined = keys.join();
    drop(guard);
    result?;
    joined.map_err(|_| io::Error::other("the reader of keys failed"))??;
    Ok(())
}

/// Begins every request id: unique among terminals for much longer than ids are remembered.
fn id_prefix() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis());
    format!("{}-{since}", std::process::id())
}

/// One run of the terminal.
struct Session {
    app: App,
    terminal: Terminal<CrosstermBackend<Stdout>>,
    writer: Option<Writer>,
    companion: Option<Box<dyn Companion>>,
    begun: Instant,
}

impl Session {
    fn go(&mut self, heard: &Receiver<Heard>) -> Result<(), TerminalError> {
        let size = self.terminal.size()?;
        let mut go_on = self.take(Message::Size(Rect::new(0, 0, size.width, size.height)))?;
        self.draw()?;
        let mut drawn = self.begun;
        let mut dirty = false;
        while go_on {
            let wait = TICK.saturating_sub(drawn.elapsed());
            match heard.recv_timeout(wait) {
                Ok(Heard::Connected(writer)) => {
                    self.writer = Some(writer);
                    go_on = self.take(Message::Connected)?;
                    dirty = true;
                }
                Ok(Heard::Message(message)) => {
                    let at_once = matches!(message, Message::Key(_) | Message::Click(_) | Message::Size(_));
                    go_on = self.take(message)?;
                    dirty = true;
                    if at_once {
                        drawn = self.refresh()?;
                        dirty = false;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            if drawn.elapsed() >= TICK {
                let now_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
                go_on = self.take(Message::Tick(now_ms))? && go_on;
                // Something to draw, or something that flashes.
                let flashing = self.app.snapshot.iter().flat_map(|s| &s.beds).any(|b| !b.alarms.is_empty());
                drawn = if dirty || flashing { self.refresh()? } else { Instant::now() };
                dirty = false;
            }
        }
        Ok(())
    }

    /// Takes one message; false when the terminal is to end.
    fn take(&mut self, message: Message) -> Result<bool, TerminalError> {
        let mut go_on = true;
        for effect in update(&mut self.app, message) {
            match effect {
                Effect::Send(mut request) => {
                    // A failed write shuts the connection; the reading side then reports it as lost.
                    if self.writer.as_mut().is_some_and(|w| w.send(&request).is_err()) {
                        self.writer = None;
                    }
                    wipe(&mut request.op);
                }
                Effect::PressCompanion => {
                    if let (Some(companion), Some(snapshot)) = (&mut self.companion, &self.app.snapshot) {
                        companion.press(snapshot, self.app.here(), self.app.which());
                    }
                }
                Effect::OpenCompanion => go_on = self.turn_pages()?,
                Effect::ChooseCompanion { page, line } => {
                    if let Some(companion) = &mut self.companion {
                        companion.choose(self.app.here(), page, line);
                    }
                }
                Effect::Ring => {
                    let mut out = io::stdout();
                    out.write_all(b"\x07")?;
                    out.flush()?;
                }
                Effect::Quit => go_on = false,
            }
        }
        Ok(go_on)
    }

    /// Asks the companion for its pages, to be opened or to be what they are now.
    fn turn_pages(&mut self) -> Result<bool, TerminalError> {
        let Some(companion) = &self.companion else { return Ok(true) };
        let pages = companion.pages(self.app.language);
        self.take(Message::Pages(pages))
    }

    fn refresh(&mut self) -> Result<Instant, TerminalError> {
        if let (Some(companion), Some(snapshot)) = (&mut self.companion, &self.app.snapshot) {
            let offer = companion.offer(snapshot, self.app.here(), self.app.which(), self.app.language);
            self.take(Message::Offer(offer))?;
        }
        if matches!(self.app.screen, Screen::Companion { .. }) {
            self.turn_pages()?;
        }
        self.draw()?;
        Ok(Instant::now())
    }

    fn draw(&mut self) -> Result<(), TerminalError> {
        self.terminal.draw(|frame| view::render(frame, frame.area(), &self.app))?;
        Ok(())
    }
}

/// Reads keys, mouse and size until `stop`.
fn read_keys(stop: &AtomicBool, tell: &SyncSender<Heard>) -> io::Result<()> {
    while !stop.load(Ordering::Relaxed) {
        if !event::poll(TICK)? {
            continue;
        }
        if let Some(message) = translate(event::read()?)
            && tell.send(Heard::Message(message)).is_err()
        {
            return Ok(());
        }
    }
    Ok(())
}

/// What an event of the terminal means. Pasted text means nothing: a label is typed from the label.
fn translate(event: Event) -> Option<Message> {
    match event {
        Event::Key(KeyEvent { kind: KeyEventKind::Press, code, modifiers, .. }) => {
            if !modifiers.contains(KeyModifiers::CONTROL) {
                return Some(Message::Key(code));
            }
            matches!(code, KeyCode::Char('q' | 'c')).then_some(Message::Quit)
        }
        Event::Mouse(MouseEvent { kind: MouseEventKind::Down(MouseButton::Left), column, row, .. }) => {
            Some(Message::Click(Position::new(column, row)))
        }
        Event::Resize(width, height) => Some(Message::Size(Rect::new(0, 0, width, height))),
        Event::Key(_) | Event::Mouse(_) | Event::Paste(_) | Event::FocusGained | Event::FocusLost => None,
    }
}

/// The terminal in raw mode; given back when dropped, and before a panic is printed.
struct Guard;

impl Guard {
    fn take() -> io::Result<Self> {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            restore();
            before(info);
        }));
        enable_raw_mode()?;
        let guard = Self;
        execute!(io::stdout(), EnterAlternateScreen, EnableMouseCapture, EnableBracketedPaste, cursor::Hide)?;
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

fn restore() {
    let left = execute!(
        io::stdout(),
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        cursor::Show
    );
    // Both have to be tried; nobody is left to be told when the terminal itself is gone.
    if disable_raw_mode().and(left).is_err() {
        eprintln!("the terminal could not be restored: type `reset`");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Procedure 3.11: what is pasted is not typed.
    #[test]
    fn a_paste_means_nothing() {
        assert_eq!(translate(Event::Paste("A999926123456X".to_owned())), None);
        let key = KeyEvent::new(KeyCode::Char('A'), KeyModifiers::NONE);
        assert_eq!(translate(Event::Key(key)), Some(Message::Key(KeyCode::Char('A'))));
    }
}
