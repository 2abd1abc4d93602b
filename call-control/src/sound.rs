//! How the legs of a call sound: told when it becomes bad, and when it is well again.

use crate::Call;
use crate::leg::Signaling;
use ringdesk_voice::{CallEvent, LegId, LegQuality};

/// Nearly everybody is dissatisfied below (G.107 annex B: R = 60), and many no more above (R = 70).
const POOR: f32 = 3.1;
const WELL: f32 = 3.6;

/// What is wrong with a leg's sound, as it was told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    OneWay,
    Poor,
}

impl Call {
    /// Figures of the last seconds.
    pub(crate) fn sounds(&mut self, id: LegId, quality: LegQuality, one_way: bool) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.signaling == Signaling::Answered) else { return };
        let one_way = one_way && !leg.held;
        let told = CallEvent::Sounds { leg: id, one_way, quality: quality.clone() };
        let trouble = match (one_way, quality.mos) {
            (true, _) => Some(Trouble::OneWay),
            // Nothing came, and nothing had to.
            (false, None) => return self.event(told),
            (false, Some(mos)) if mos < POOR => Some(Trouble::Poor),
            (false, Some(mos)) if mos < WELL => leg.trouble.filter(|trouble| *trouble == Trouble::Poor),
            (false, Some(_)) => None,
        };
        let changed = std::mem::replace(&mut leg.trouble, trouble) != trouble;
        self.event(told);
        if !changed {
            return;
        }
        self.event(match trouble {
            Some(trouble) => CallEvent::SoundPoor { leg: id, one_way: trouble == Trouble::OneWay, quality },
            None => CallEvent::SoundRecovered { leg: id, quality },
        });
    }
}
