//! The bed's panel: emergency stop, three lamps, a buzzer.
//!
//! Owns: whether the stop is pressed and what is lit. Its contact breaks the power of clamp, sealer and separator itself. Fault: a
//! wire that is cut.

/// The panel. Input line of the station: emergency stop. Outputs: red, yellow, cyan, buzzer.
#[derive(Debug, Clone, Default)]
pub struct Panel {
    /// The emergency stop is pressed.
    pub stop_pressed: bool,
    /// The wire that tells the station is cut. It is normally closed: a cut wire says what a pressed button says, and takes no power.
    pub wire_cut: bool,
    outputs: [bool; 4],
}

impl Panel {
    /// Level of its input line.
    pub fn stop(&self) -> bool {
        self.stop_pressed || self.wire_cut
    }

    /// The station drives a lamp or the buzzer.
    pub fn drive(&mut self, output: usize, on: bool) {
        if let Some(level) = self.outputs.get_mut(output) {
            *level = on;
        }
    }

    /// Red, yellow, cyan, buzzer.
    pub fn outputs(&self) -> [bool; 4] {
        self.outputs
    }
}
