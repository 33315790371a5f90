//! Tricks: what a person at a demonstration may let happen in the world, so that every trouble of the procedure can be played
//! by hand.
//!
//! Owns: the list: words, and how each is done. Refuses: to touch the station: a trick changes donor, devices, hands or the
//! BMS, and the station finds out for itself. What breaks something mends it when it is played again.

use crate::bed::SimBed;
use crate::bms::book::{AskFault, BmsFault, Book};
use crate::devices::clamp::ClampFault;
use crate::devices::node::Node;
use crate::devices::one_shot::{OneShot, ToolFault};
use crate::devices::probe::ProbeFault;
use crate::prng::Rng;
use crate::site::{SimDonor, Site};
use crate::world::donor::Person;
use crate::world::hand::Hand;
use station::ident::scan::bed_barcode;
use station::ident::{BedId, DeviceSerial};

/// Whom the card of a stranger belongs to: nobody of the list has this number.
const STRANGER: u64 = 900;

/// Something that may happen.
#[derive(Debug, Clone, Copy)]
pub struct Trick {
    /// What happens, in Chinese.
    pub zh: &'static str,
    /// The same in English.
    pub en: &'static str,
    /// Lets it happen.
    pub play: Play,
}

/// Where a trick happens.
#[derive(Debug, Clone, Copy)]
pub enum Play {
    /// At the bed.
    Bed(fn(&mut SimBed)),
    /// A label of another kit of this site is held before the bed's scanner.
    OtherLabel,
    /// Maker, lot and expiry of the bag in one compound symbol are held before the bed's scanner.
    Compound,
    /// The barcode of the next bed is held before this bed's scanner, or this bed's own.
    BedCode {
        /// This bed's own.
        own: bool,
    },
    /// The certificate of the last donor of the list is held before the bed's scanner.
    Certificate,
    /// The ID card of somebody on no list is laid on the reader.
    Stranger,
    /// At something that several beds share.
    Site(fn(&mut Site)),
    /// At the refrigerator of the station.
    Fridge(ProbeFault),
    /// At the BMS, with questions about donors.
    Asked(AskFault),
    /// At the BMS, with the next record.
    Bms(BmsFault),
}

const fn at_bed(zh: &'static str, en: &'static str, play: fn(&mut SimBed)) -> Trick {
    Trick { zh, en, play: Play::Bed(play) }
}

/// All, in the order of the procedure.
pub const TRICKS: [Trick; 51] = [
    Trick {
        zh: "扫名单末位献血者的证件二维码",
        en: "the certificate of the list's last donor is scanned",
        play: Play::Certificate,
    },
    Trick {
        zh: "放上名单外献血者的身份证",
        en: "a donor on no list lays the ID card down",
        play: Play::Stranger,
    },
    Trick {
        zh: "血液管理系统不答复资格查询 / 恢复",
        en: "the BMS is silent about donors / answers again",
        play: Play::Asked(AskFault::Silence),
    },
    Trick {
        zh: "血液管理系统答复暂缓献血 / 恢复",
        en: "the BMS defers every donor / answers rightly again",
        play: Play::Asked(AskFault::Defer),
    },
    Trick {
        zh: "用本位扫描枪扫下一床位条码（借出）",
        en: "this scanner reads the next bed's barcode (lent)",
        play: Play::BedCode { own: false },
    },
    Trick {
        zh: "用本位扫描枪扫本床位条码（收回）",
        en: "this scanner reads this bed's barcode (taken back)",
        play: Play::BedCode { own: true },
    },
    Trick {
        zh: "扫到别的血袋的条码", en: "the label of another kit is scanned", play: Play::OtherLabel
    },
    Trick {
        zh: "扫一个复合条码：血袋编码、批号、效期",
        en: "one compound symbol holds the bag's maker, lot and expiry",
        play: Play::Compound,
    },
    // The first day of 2020.
    at_bed("扫到过期血袋", "the expiry of an old bag is scanned", |bed| bed.scan("&>0200012359")),
    at_bed(
        "托盘上换成带别的电子标签的血袋",
        "a bag with another tag lies on the tray",
        |bed| {
            for tag in &mut bed.tags.field {
                tag.uid[4] ^= 0xff;
            }
        },
    ),
    at_bed("拔掉 / 插上扫描枪", "the scanner's cable: out / in again", |bed| {
        bed.scanner.plug(!bed.scanner.is_plugged());
    }),
    at_bed("拔掉 / 插上身份证阅读器", "the ID card reader's cable: out / in again", |bed| {
        bed.id_reader.plug(!bed.id_reader.is_plugged());
    }),
    at_bed("拔掉 / 插上标签阅读器", "the tag reader's cable: out / in again", |bed| {
        bed.tags.plug(!bed.tags.is_plugged());
    }),
    at_bed("自动留样器充满并混匀下一管", "the sampler fills and inverts the next tube", |bed| {
        bed.sampler.loaded = true;
        if !bed.sampler.stuck && bed.line.clip_closed {
            bed.line.fill_tube();
            bed.sampler.fill();
        }
    }),
    at_bed("自动留样器卡住 / 恢复", "the sampler sticks / moves again", |bed| {
        bed.sampler.stuck = !bed.sampler.stuck;
    }),
    at_bed("血流停止", "the flow stops", |bed| set_flow(bed, 0.0)),
    at_bed("血流很慢", "the flow is very low", |bed| set_flow(bed, 12.0)),
    at_bed("血流过快（动脉）", "the flow is very high (an artery)", |bed| set_flow(bed, 260.0)),
    at_bed("血流恢复", "the flow is good again", |bed| set_flow(bed, 70.0)),
    at_bed("针头脱出", "the needle slips out", |bed| bed.hand(Hand::WithdrawNeedle)),
    at_bed("有人碰到摇摆台", "somebody leans on the tray", |bed| bed.hand(Hand::BumpTray)),
    at_bed("有人不停地碰摇摆台 / 停止", "the tray is touched again and again / let be", |bed| {
        bed.tray.restless = !bed.tray.restless;
    }),
    at_bed("血袋上压了东西 / 拿走", "something lies on the bag / is taken away", |bed| {
        bed.tray.laid_mg = if bed.tray.laid_mg == 0 { 15_000 } else { 0 };
    }),
    at_bed("血袋掉落 / 放回", "the bag falls off the tray / is put back", |bed| match bed.tray.bag() {
        Some(_) => bed.hand(Hand::DropBag),
        None => bed.tray.put_back(),
    }),
    at_bed("混匀器卡住 / 恢复", "the mixer is blocked / free again", |bed| {
        bed.mixer.blocked = !bed.mixer.blocked;
    }),
    at_bed("止流夹卡住 / 恢复", "the clamp sticks / moves again", |bed| {
        bed.clamp.toggle(ClampFault::Stuck)
    }),
    at_bed("止流夹闭合开关失灵 / 恢复", "the clamp's closed switch fails / works again", |bed| {
        bed.clamp.toggle(ClampFault::ClosedSwitchBroken);
    }),
    at_bed("分流阀卡住 / 恢复", "the diverter sticks / moves again", |bed| {
        bed.diverter.stuck = !bed.diverter.stuck;
    }),
    at_bed("秤读数冻结 / 恢复", "the scale freezes / weighs again", |bed| {
        bed.scale.frozen = !bed.scale.frozen
    }),
    at_bed("秤不应答 / 恢复", "the scale is silent / answers again", |bed| {
        bed.scale.silent = !bed.scale.silent
    }),
    at_bed("拔掉 / 插上秤的线", "the scale's cable: out / in again", |bed| {
        bed.scale.plug(!bed.scale.is_plugged());
    }),
    at_bed("秤瞬间断电重启", "the scale loses power for a moment", |bed| bed.scale.reboot(bed.now())),
    at_bed("换了另一台秤", "another scale stands there", |bed| {
        let other = DeviceSerial::new("SIM-999999");
        if let Ok(other) = other {
            bed.scale.swap(bed.now(), other);
        }
    }),
    at_bed("秤的线路有杂波", "noise on the scale's line", |bed| bed.scale.garble(bed.now(), 40)),
    at_bed("按下 / 松开急停按钮", "the emergency stop: pressed / released", |bed| {
        bed.panel.stop_pressed = !bed.panel.stop_pressed;
    }),
    at_bed("热合机不启动 / 恢复", "the sealer does not start / works again", |bed| {
        toggle(&mut bed.sealer, ToolFault::NoStart);
    }),
    at_bed("热合机无完成信号 / 恢复", "the sealer says nothing / speaks again", |bed| {
        toggle(&mut bed.sealer, ToolFault::SilentDone);
    }),
    at_bed("热合机报告故障 / 恢复", "the sealer reports a fault / works again", |bed| {
        toggle(&mut bed.sealer, ToolFault::FaultContact);
    }),
    at_bed("分离器报告故障 / 恢复", "the separator reports a fault / works again", |bed| {
        toggle(&mut bed.separator, ToolFault::FaultContact);
    }),
    at_bed("分离器无完成信号 / 恢复", "the separator says nothing / speaks again", |bed| {
        toggle(&mut bed.separator, ToolFault::SilentDone);
    }),
    at_bed("利器盒满了", "the sharps bin is full", |bed| bed.separator.bin = bed.separator.bin_holds),
    Trick {
        zh: "血液冷藏箱的门开着 / 关上",
        en: "the blood refrigerator's door stands open / is shut",
        play: Play::Fridge(ProbeFault::Warm(9_000)),
    },
    Trick {
        zh: "冷藏箱温度计失电 / 恢复",
        en: "the refrigerator's thermometer loses power / has it again",
        play: Play::Fridge(ProbeFault::PowerOn),
    },
    Trick {
        zh: "拔掉 / 插上冷藏箱温度计",
        en: "the refrigerator's thermometer: pulled out / in again",
        play: Play::Fridge(ProbeFault::Gone),
    },
    Trick {
        zh: "拔掉 / 插上保温箱和车厢温度计的线",
        en: "the line of the box's and the bus's thermometers: out / in again",
        play: Play::Site(|site| site.transmitters.plug(!site.transmitters.is_plugged())),
    },
    Trick {
        zh: "拔掉 / 插上接触点的 GPIO 芯片",
        en: "the GPIO chip of all clamps, mixers and tools: gone / back",
        play: Play::Site(|site| site.chip_plugged = !site.chip_plugged),
    },
    Trick {
        zh: "拔掉 / 插上节点的线（--wiring nodes）",
        en: "the nodes' cable: out / in again (--wiring nodes)",
        play: Play::Site(|site| site.nodes_plugged = !site.nodes_plugged),
    },
    at_bed("本床位节点重启（--wiring nodes）", "this bed's node restarts (--wiring nodes)", |bed| {
        bed.node.iter_mut().for_each(Node::restart);
    }),
    Trick {
        zh: "血液管理系统拒收下一条记录",
        en: "the BMS refuses the next record",
        play: Play::Bms(BmsFault::Refuse),
    },
    Trick {
        zh: "血液管理系统回错校验值",
        en: "the BMS answers the next record with a wrong hash",
        play: Play::Bms(BmsFault::WrongHash),
    },
    Trick {
        zh: "血液管理系统的应答丢失",
        en: "the BMS takes the next record, its answer is lost",
        play: Play::Bms(BmsFault::LoseAnswer),
    },
];

impl Trick {
    /// Lets it happen at the bed of this place, or at the BMS where there is one.
    pub fn play(&self, site: &mut Site, book: Option<&mut Book>, bed: usize) {
        let beds = u8::try_from(site.beds.len()).unwrap_or(1).max(1);
        // Only what is scanned is taken from the roll.
        let label = matches!(self.play, Play::OtherLabel).then(|| site.next_kit().bag());
        let compound = site.bag_codes_in_one();
        let certificate = site.donors().last().map(SimDonor::certificate);
        match (self.play, site.beds.get_mut(bed), book) {
            (Play::Bed(play), Some(bed), _) => play(bed),
            (Play::OtherLabel, Some(bed), _) => label.iter().for_each(|label| bed.scan(label)),
            (Play::Compound, Some(bed), _) => bed.scan(&compound),
            (Play::Certificate, Some(bed), _) => certificate.iter().for_each(|code| bed.scan(code)),
            (Play::BedCode { own }, Some(bed), _) => {
                let next = BedId::new(bed.number().number() % beds + 1).unwrap_or(bed.number());
                let code = bed_barcode(if own { bed.number() } else { next });
                // A lent scanner is this bed's, whoever it reads for.
                bed.scan(&code);
            }
            (Play::Stranger, Some(bed), _) => {
                let mut rng = Rng::named(STRANGER, "stranger");
                bed.id_reader.lay(&Person::invent(&mut rng, 2026, STRANGER));
            }
            (Play::Site(play), _, _) => play(site),
            (Play::Fridge(fault), _, _) => {
                let broken = site.fridge.fault.replace(fault) == Some(fault);
                site.fridge.fault = site.fridge.fault.filter(|_| !broken);
            }
            (Play::Asked(fault), _, Some(book)) => book.toggle_misanswer(fault),
            (Play::Bms(fault), _, Some(book)) => book.misbehave([fault]),
            (
                Play::Bed(_)
                | Play::OtherLabel
                | Play::Compound
                | Play::Certificate
                | Play::BedCode { .. }
                | Play::Stranger,
                None,
                _,
            )
            | (Play::Bms(_) | Play::Asked(_), _, None) => {}
        }
    }
}

/// The vein gives this much from now on, mL/min.
fn set_flow(bed: &mut SimBed, ml_min: f64) {
    if let Some(vein) = bed.line.vein_mut() {
        vein.mean_ul_s = ml_min * 1000.0 / 60.0;
    }
}

fn toggle(tool: &mut OneShot, fault: ToolFault) {
    tool.fault = if tool.fault == Some(fault) { None } else { Some(fault) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use station::ident::LocalDate;

    #[test]
    fn every_trick_has_words_that_fit_a_line_and_can_be_played_twice() {
        let today = LocalDate::new(2026, 3, 1).unwrap();
        let mut site = Site::new(7, 1, 4, today, true).unwrap();
        let mut book = Book::default();
        for trick in &TRICKS {
            assert!(!trick.zh.is_ascii() && trick.zh.chars().count() <= 36, "{}", trick.zh);
            assert!(trick.en.is_ascii() && trick.en.len() <= 72, "{}", trick.en);
            trick.play(&mut site, Some(&mut book), 0);
            trick.play(&mut site, Some(&mut book), 0);
        }
    }

    #[test]
    fn no_label_is_taken_from_the_roll_by_what_needs_none() {
        let today = LocalDate::new(2026, 3, 1).unwrap();
        let site = || Site::new(7, 1, 4, today, true).unwrap();
        let (mut played, mut fresh) = (site(), site());
        for trick in TRICKS.iter().filter(|trick| !matches!(trick.play, Play::OtherLabel)) {
            trick.play(&mut played, None, 0);
        }
        assert_eq!(played.next_kit(), fresh.next_kit());
    }

    #[test]
    fn a_bag_that_fell_is_put_back_as_it_was() {
        let today = LocalDate::new(2026, 3, 1).unwrap();
        let mut site = Site::new(7, 1, 4, today, true).unwrap();
        let falls = TRICKS.iter().find(|trick| trick.en.starts_with("the bag falls")).unwrap();
        site.beds[0].hand(Hand::HangBag);
        let bag = site.beds[0].tray.bag();
        falls.play(&mut site, None, 0);
        assert_eq!(site.beds[0].tray.bag(), None);
        falls.play(&mut site, None, 0);
        assert_eq!(site.beds[0].tray.bag(), bag);
    }
}
