//! The alarm table: everything that people are told as an alarm, and all that is said of it, in both languages.
//!
//! Owns: stable code, priority, latching, and the words: what happened, what to do first, when it is raised, what the
//! station does by itself, how it ends. Terminal, command line and manuals take them from here. Refuses: a row whose
//! condition nothing raises (a test brings each one about), and invented codes. Append-only: a code once released keeps
//! its meaning. Holds no state.
//!
//! Priorities follow IEC 60601-1-8: harm times onset. High: irreversible and immediate, or a person calls. Medium:
//! reversible and prompt. Low: minor or delayed.

use super::Priority;
use serde::{Deserialize, Serialize};

/// One text in both languages of the station.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Words {
    /// English.
    pub en: &'static str,
    /// Chinese.
    pub zh: &'static str,
}

/// All that is said of one alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AlarmRow {
    /// What happened, as on the screen: at most 44 columns.
    pub what: Words,
    /// What to do first, as on the screen: at most 43 columns.
    pub first: Words,
    /// When it is raised.
    pub when: Words,
    /// What the station does by itself.
    pub does: Words,
    /// How its condition ends. A latched alarm stays listed until a person has acknowledged it too.
    pub ends: Words,
}

macro_rules! alarms {
    ($($(#[$doc:meta])* $name:ident, $code:literal, $priority:ident, latch = $latch:literal, outlives = $outlives:literal;
        what: $what_en:literal, $what_zh:literal;
        first: $first_en:literal, $first_zh:literal;
        when: $when_en:literal, $when_zh:literal;
        does: $does_en:literal, $does_zh:literal;
        ends: $ends_en:literal, $ends_zh:literal;
    )*) => {
        /// An alarm.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum AlarmCode { $($(#[$doc])* #[serde(rename = $code)] $name,)* }

        impl AlarmCode {
            /// Every alarm.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
            /// Stable code, as in journal, record and manuals.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
            /// How urgent.
            pub fn priority(self) -> Priority {
                match self { $(Self::$name => Priority::$priority,)* }
            }
            /// Whether it stays until acknowledged, even when its condition is over.
            pub fn latches(self) -> bool {
                match self { $(Self::$name => $latch,)* }
            }
            /// Whether it is about the bed or the station and so outlives the donation.
            pub fn outlives_donation(self) -> bool {
                match self { $(Self::$name => $outlives,)* }
            }
            /// All that is said of it.
            pub fn row(self) -> &'static AlarmRow {
                match self { $(Self::$name => &AlarmRow {
                    what: Words { en: $what_en, zh: $what_zh },
                    first: Words { en: $first_en, zh: $first_zh },
                    when: Words { en: $when_en, zh: $when_zh },
                    does: Words { en: $does_en, zh: $does_zh },
                    ends: Words { en: $ends_en, zh: $ends_zh },
                },)* }
            }
        }
    };
}

alarms! {
    /// Clamp not proved closed within its deadline: pinch the line by hand.
    ClampNotClosed, "H01", High, latch = true, outlives = false;
        what: "The clamp is not proved closed", "夹管未确认闭合";
        first: "pinch the line by hand", "用手夹住采血导管";
        when: "the order to close has left and the clamp has not proved closed within 300 ms", "发出夹管指令后 300 ms 内夹管器未确认闭合";
        does: "gives the order again each second; the bed's enable drops; no permit leaves", "每秒重发夹管指令；撤销本床位使能；不再放出任何许可动作";
        ends: "the clamp proves closed, or the line is said to be held closed by hand", "夹管器确认闭合，或登记已用手工夹闭";
    /// Weight still rises although the clamp is closed.
    FlowAfterClamp, "H02", High, latch = true, outlives = false;
        what: "Blood flows although the clamp is closed", "夹管后仍有血流";
        first: "pinch the line by hand, take the needle out", "用手夹住采血导管，然后拔针";
        when: "the bag gains more than 8 mL over its weight at rest behind the closed clamp", "夹管后血袋比静止时增加超过 8 mL";
        does: "asks to pinch the line by hand; a hand said to hold the line counts no more", "提示用手夹住导管；此前登记的手工夹闭作废";
        ends: "the needle is out, or the draw goes on", "已拔针，或继续采血";
    /// More than the upper volume limit in the bag.
    OverVolume, "H03", High, latch = true, outlives = false;
        what: "Too much blood in the bag", "采血超量";
        first: "pinch the line by hand, look at the donor", "用手夹住采血导管，查看献血者";
        when: "the volume in the bag is above the programme's band", "血袋内血量超过方案允许上限";
        does: "closes the clamp and ends the draw; the unit goes to quarantine", "夹管并结束采血；此袋隔离待处理";
        ends: "the donation is over", "本次献血结束";
    /// Labels do not agree.
    LabelMismatch, "H04", High, latch = true, outlives = false;
        what: "Labels do not agree", "条码核对不符";
        first: "stop; compare form, bag and tubes", "停止，三方核对，勿移动任何物品";
        when: "a scanned donation number is not this donation's, or is on another bed", "扫到的献血码与本次献血不同，或属于其他采血位";
        does: "the step does not go on; both numbers are shown and recorded", "步骤停止；显示并记录两个号码";
        ends: "the right label is scanned in its place, the bag given up, or the donation over", "在该处扫到正确的条码，换下血袋，或本次献血结束";
    /// Very high flow: suspected arterial puncture.
    HighFlow, "H05", High, latch = true, outlives = false;
        what: "Very high flow: arterial puncture?", "流速过高：疑误穿动脉";
        first: "pause; bright red? needle out, press", "暂停，查看：鲜红、搏动？拔针并按压止血";
        when: "flow above high_flow_ml_min for 4 s", "流速超过 high_flow_ml_min 持续 4 秒";
        does: "nothing by itself: the nurse decides on colour and pulse", "不自动动作：由护士看颜色和搏动决定";
        ends: "flow below the limit, or the clamp closed", "流速低于限值，或已夹管";
    /// The needle-side seal failed or is unknown.
    SealNotConfirmed, "H06", High, latch = true, outlives = false;
        what: "The seal is not confirmed", "热合未确认";
        first: "do not separate; look, seal again", "勿分离针头；查看热合处，重新热合";
        when: "the sealer reports a failure, does not answer in its time, or a restart hides the outcome", "热合机报告失败、未按时应答，或重启后结果不明";
        does: "needle separation stays locked; a person looks at the seal", "针头分离保持锁定；由人查看热合处";
        ends: "the seal is looked at, made again, or made by hand", "热合已检查、已重做或已手工完成";
    /// Somebody calls for help.
    HelpCalled, "H07", High, latch = true, outlives = true;
        what: "Help is called", "呼叫支援";
        first: "go to this bed", "前往此采血位";
        when: "anyone calls for help at this bed", "任何人在此采血位呼叫支援";
        does: "lamp, buzzer and every terminal show the bed", "灯、蜂鸣器和所有终端显示该采血位";
        ends: "somebody says that help is here", "登记支援已到";
    /// Emergency stop.
    EmergencyStop, "H08", High, latch = true, outlives = true;
        what: "Emergency stop", "急停";
        first: "look at the donor, then at the cause", "先查看献血者，再查原因";
        when: "the button is pressed, or the stop is ordered at a screen or by barcode", "按下急停按钮，或在屏幕、条码上急停";
        does: "closes the clamp, disables sealer and separator, stops the mixer; no permit leaves", "夹管，禁用热合机和针头分离器，停止混匀；不再放出任何许可动作";
        ends: "the button is released and a signed-in person says that the cause is over", "按钮已复位，且登录人员确认原因已排除";
    /// The scale cannot be trusted while blood flows.
    ScaleLost, "H09", High, latch = true, outlives = false;
        what: "The scale cannot be trusted", "采血秤数据不可信";
        first: "pause; look at tray, cable and scale", "暂停；检查托盘、电缆和采血秤";
        when: "blood may flow and the weight is older than stale_weight_ms, bad, frozen or jumping", "可能有血流时，重量超过 stale_weight_ms 未更新、无效、不变或跳动";
        does: "closes the clamp; the draw pauses", "夹管；采血暂停";
        ends: "good weights come in behind the closed clamp, or the donation is over", "夹管后恢复有效重量，或本次献血结束";
    /// The journal cannot be written.
    JournalFailed, "H10", High, latch = true, outlives = true;
        what: "Records cannot be kept", "无法保存记录";
        first: "finish by hand; call the engineer", "手工完成进行中的采血；联系工程师";
        when: "writing fails, or the oldest entry has waited for the disk for 30 s", "写入失败，或最早的记录等待写盘超过 30 秒";
        does: "no permit leaves any more; running draws end at target or on a person's word", "不再放出任何许可动作；进行中的采血到量或由人结束";
        ends: "the station is started again on a good disk", "更换磁盘后重新启动采血站";
    /// The bed's own program failed and was made safe.
    BedFailed, "H11", High, latch = true, outlives = true;
        what: "The bed's program failed; it was made safe", "采血位程序故障，已转入安全状态";
        first: "look at the donor; finish by hand", "查看献血者；手工完成";
        when: "the program of this bed fails in a step", "本采血位的程序在某一步出错";
        does: "closes the clamp, disables sealer and separator; no permit leaves; the other beds go on", "夹管，禁用热合机和针头分离器；不再放出许可动作；其他采血位继续";
        ends: "the donation is finished by hand and the station started again", "手工完成后重新启动采血站";
    /// The separation of the needle is unknown.
    SeparationNotConfirmed, "H12", High, latch = true, outlives = false;
        what: "The needle's separation is not confirmed", "针头分离未确认";
        first: "hands away; look: is the needle off?", "手离开；查看针头是否已分离";
        when: "the separator reports a failure, does not answer in its time, or a restart hides the outcome", "针头分离器报告失败、未按时应答，或重启后结果不明";
        does: "no second separation by itself; a person looks at the needle", "不会自动再次分离；由人查看针头";
        ends: "the needle is looked at, separated again, or taken off by hand", "已查看、已重新分离或已手工完成";
    /// No flow.
    NoFlow, "M01", Medium, latch = false, outlives = false;
        what: "No flow", "停流";
        first: "break-off plug, clip, needle, tourniquet", "检查折断塞、止流夹、针头、止血带";
        when: "flow below 3 mL/min for no_flow_s, none flow_expected_s after the plug, or no blood in the pouch", "流速低于 3 mL/min 持续 no_flow_s，折断塞后 flow_expected_s 内无流，或留样袋无血";
        does: "advises the end after 60 s; at the pouch the clamp closes 120 s after its time", "60 秒后建议结束采血；留样阶段超时 120 秒后夹管";
        ends: "blood flows, the pouch is said to be full, or the draw is paused or ended", "恢复血流、登记留样袋已满，或已暂停、结束采血";
    /// Low flow.
    LowFlow, "M02", Medium, latch = false, outlives = false;
        what: "Low flow", "流速过低";
        first: "needle, tourniquet, make a fist", "检查针头、止血带，请献血者握拳";
        when: "flow below low_flow_ml_min for 4 s after it had been above", "流速低于 low_flow_ml_min 持续 4 秒";
        does: "nothing by itself", "不自动动作";
        ends: "flow above the limit, none at all, or the clamp closed", "流速恢复、停流或已夹管";
    /// The draw takes longer than the site's maximum.
    DrawTooLong, "M03", Medium, latch = false, outlives = false;
        what: "The draw takes too long", "采血超时";
        first: "end the draw", "结束采血";
        when: "max_draw_s after blood was led to the bag, pauses included", "血液进入血袋后超过 max_draw_s（含暂停）";
        does: "asks the nurse to end; the clamp still closes at the target", "提示护士结束采血；到量仍自动夹管";
        ends: "the draw ends", "采血结束";
    /// The mixer stands still: mix by hand.
    MixerStalled, "M04", Medium, latch = false, outlives = false;
        what: "The mixer stands still", "混匀停止";
        first: "free the tray; mix blood by hand", "检查摇摆台；袋中有血则手工混匀";
        when: "in its test, or with blood in the bag, the mixer says that it stands, is in trouble, or gives no sign for 12 s", "自检时或袋中有血时，混匀器停转、故障或 12 秒无信号";
        does: "counts hand_mix_s for mixing by hand, then pauses the draw", "手工混匀计时 hand_mix_s，超过则暂停采血";
        ends: "the mixer turns, or mixing is not needed any more", "混匀恢复，或不再需要混匀";
    /// A device of this bed is in trouble.
    DeviceFault, "M05", Medium, latch = false, outlives = true;
        what: "A device is in trouble", "设备故障";
        first: "see the devices; look at cable and power", "查看设备栏；检查电缆和电源";
        when: "a device is lost, reports a fault, restarted, or was exchanged in mid-donation", "设备失联、报告故障、自行重启，或献血中被更换";
        does: "drops waiting permits; steps that need the device are refused", "取消等待中的许可动作；需要该设备的步骤被拒绝";
        ends: "the device answers as the one that the donation began with", "原设备恢复应答";
    /// Bag moved, fallen or bumped: weight jumped.
    BagMoved, "M06", Medium, latch = true, outlives = false;
        what: "The bag moved or fell", "血袋移位或掉落";
        first: "look at bag, tray and tubing", "检查血袋、托盘和导管";
        when: "the weight made a lasting step of over 5 g, or the tray gained what cannot be in the pouch", "重量持续跳变超过 5 g，或托盘增重不可能来自留样袋";
        does: "flags the volume; at the pouch the clamp closes", "标记采血量存疑；留样阶段夹管";
        ends: "the donation is over", "本次献血结束";
    /// The pause takes too long.
    PauseTooLong, "M07", Medium, latch = false, outlives = false;
        what: "The pause takes too long", "暂停时间过长";
        first: "go on or end the draw", "继续或结束采血";
        when: "max_pause_s after the pause began", "暂停超过 max_pause_s";
        does: "offers the end of the draw; the clamp stays closed", "提示结束采血；保持夹管";
        ends: "the draw goes on or ends", "继续或结束采血";
    /// The clamp does not open.
    ClampNotOpen, "M08", Medium, latch = false, outlives = false;
        what: "The clamp does not open", "松夹失败";
        first: "look at the tubing in the clamp", "检查夹管器内的导管";
        when: "the clamp has not proved open in its time, or closed by itself", "夹管器未按时确认打开，或自行闭合";
        does: "orders it closed", "下令夹管";
        ends: "the clamp proves open, or the donation is over", "夹管器确认打开，或本次献血结束";
    /// Tubes not filled in time.
    SamplesLate, "M09", Medium, latch = false, outlives = false;
        what: "Tubes are not filled in time", "标本未及时留取";
        first: "fill the tubes now", "立即留取标本";
        when: "sample_warn_s after the pouch was closed, with a tube neither filled nor missing", "留样袋夹闭后 sample_warn_s 仍有标本管未留取";
        does: "nothing by itself: blood in the pouch has no anticoagulant", "不自动动作：留样袋内的血无抗凝剂";
        ends: "every tube is filled or missing with a reason", "全部标本管已留取或已说明缺失";
    /// A DIN is of another donor or donation, used or voided, or a bag has expired.
    LabelRefused, "M10", Medium, latch = false, outlives = false;
        what: "A label was refused", "条码未被接受";
        first: "take the right label or bag; see below", "更换正确的条码或血袋；见下方";
        when: "a number is used, voided or another donor's, or the bag has expired", "号码已使用、已作废或属于其他献血者，或血袋过期";
        does: "the step does not go on", "步骤停止";
        ends: "the right label of that kind is scanned, the bag given up, or the donation over", "扫到正确的同类条码，换下血袋，或本次献血结束";
    /// Entries wait for the disk too long.
    JournalSlow, "M11", Medium, latch = false, outlives = true;
        what: "Records wait for the disk", "记录写入缓慢";
        first: "no new needle; running draws go on", "暂不穿刺；进行中的采血继续";
        when: "the oldest entry has waited for the disk for 5 s", "最早的记录等待写盘超过 5 秒";
        does: "refuses the next needle", "拒绝新的穿刺";
        ends: "the disk has caught up", "写盘恢复正常";
    /// The diverter did not answer.
    DiverterNotObeying, "M12", Medium, latch = false, outlives = false;
        what: "The diverter does not answer", "留样分流器无应答";
        first: "look at pouch and diverter", "检查留样袋和分流器";
        when: "the diverter has not proved its position in its time", "分流器未按时确认位置";
        does: "stays at the step; the order can be given again", "停在此步；可再次下令";
        ends: "the diverter proves its position", "分流器确认位置";
    /// The draw was interrupted by a restart.
    Interrupted, "M13", Medium, latch = true, outlives = false;
        what: "The draw was interrupted by a restart", "采血因重启而中断";
        first: "look at the donor, then decide", "先查看献血者，再决定";
        when: "the station started again with this donation open", "献血未结束时采血站重新启动";
        does: "closes the clamp, disables sealer and separator; says whether going on is allowed", "夹管，禁用热合机和针头分离器；提示是否允许继续";
        ends: "a person goes on with it or ends it", "由人继续或结束";
    /// No terminal is alive while a needle is in.
    NoTerminal, "M14", Medium, latch = false, outlives = false;
        what: "No terminal is alive", "所有终端失去连接";
        first: "stay with the donor; use the bed's buttons", "守在献血者身边；使用床旁按钮";
        when: "no terminal has been connected for 5 s while a needle is in a donor", "针头在献血者静脉内时，连续 5 秒没有任何终端连接";
        does: "ends a pause of the sound: lamp and buzzer of the panel take the alarms", "结束静音：由床旁灯和蜂鸣器报警";
        ends: "a terminal is connected, or the needle is out", "终端恢复连接，或已拔针";
    /// The pouch is not full in its time.
    PouchSlow, "M15", Medium, latch = false, outlives = false;
        what: "The pouch is not full in its time", "留样袋未按时装满";
        first: "look at the pouch, say when it is full", "查看留样袋，装满后确认";
        when: "some blood, but less than pouch_ml, is in the pouch pouch_s after the clamp opened", "松夹后 pouch_s 留样袋有血但少于 pouch_ml";
        does: "asks for the nurse's word; 120 s later the clamp closes", "请护士确认；120 秒后夹管";
        ends: "the pouch is full, its clip closed, or the clamp closed", "留样袋已满、止流夹已夹闭或已夹管";
    /// The set could not be tared.
    TareNotSettled, "M16", Medium, latch = false, outlives = false;
        what: "The empty bag cannot be weighed", "空袋无法去皮";
        first: "let bag and tubing hang free; begin again", "让血袋和导管自由悬挂，重新开始";
        when: "the scale has not come to rest within tare_s, fell silent, or found no empty set", "tare_s 内秤未稳定、无数据，或重量不是空袋";
        does: "goes back to hanging the bag; another bag may be taken", "返回挂袋步骤；可更换血袋";
        ends: "the test begins again, another bag is taken, or the donation is over", "重新测试、更换血袋，或本次献血结束";
    /// The bag gains weight behind a plug that nobody broke.
    PlugPassed, "M17", Medium, latch = true, outlives = false;
        what: "Blood in the bag before the plug is broken?", "折断塞未折断，血袋却增重";
        first: "look at plug, bag and tray; go on or end", "检查折断塞、血袋和托盘；继续或结束";
        when: "the tray has gained 5 mL while first blood goes to a pouch that hangs elsewhere, or a diverter leads there", "留样袋不在托盘上（或由分流器引导）时托盘增重 5 mL";
        does: "closes the clamp and pauses", "夹管并暂停";
        ends: "the nurse goes on, or the donation is over", "护士继续，或本次献血结束";
    /// The bag hangs on the tray no more.
    BagFallen, "M18", Medium, latch = true, outlives = false;
        what: "The bag hangs on the tray no more", "血袋不在采血仪上";
        first: "hang it back, look for leaks, then go on", "挂回血袋，查有无渗漏，再继续";
        when: "the tray has carried less than half of set and blood for 1 s", "托盘重量低于应有重量的一半达 1 秒";
        does: "closes the clamp, stops the mixer, pauses; no going on until the bag is back", "夹管、停止混匀并暂停；血袋挂回前不能继续";
        ends: "nine tenths of the weight are back, or the draw has ended", "重量恢复九成，或采血结束";
    /// Outside the time fit for platelets.
    NotForPlatelets, "L01", Low, latch = false, outlives = false;
        what: "Not for platelets: time", "采血超时：不可用于制备血小板";
        first: "nothing; the unit is flagged", "无需操作；已标记";
        when: "collection took longer than platelets_200_s, _300_s or _400_s", "采血时间超过 platelets_200_s、_300_s 或 _400_s";
        does: "flags the unit in its record", "在记录中标记";
        ends: "the donation is over", "本次献血结束";
    /// Outside the time fit for fresh frozen plasma.
    NotForPlasma, "L02", Low, latch = false, outlives = false;
        what: "Not for fresh frozen plasma: time", "采血超时：不可用于制备新鲜冰冻血浆";
        first: "nothing; the unit is flagged", "无需操作；已标记";
        when: "collection took longer than plasma_200_s, _300_s or _400_s", "采血时间超过 plasma_200_s、_300_s 或 _400_s";
        does: "flags the unit in its record", "在记录中标记";
        ends: "the donation is over", "本次献血结束";
    /// The sharps bin is full.
    BinFull, "L03", Low, latch = false, outlives = true;
        what: "The sharps bin is full", "利器盒已满";
        first: "replace the sharps bin", "更换利器盒";
        when: "the bin says that it is full, or bin_capacity needles are in it", "利器盒报告已满，或针头数达到 bin_capacity";
        does: "refuses the next separation", "拒绝下一次针头分离";
        ends: "the bin is replaced", "利器盒已更换";
    /// Under the volume band at the end.
    Underweight, "L04", Low, latch = false, outlives = false;
        what: "Underweight unit", "采血量不足";
        first: "nothing; quarantine or discard is proposed", "暂无需操作；结束时建议隔离或报废";
        when: "the bag at rest, or weighed elsewhere, is below the programme's band", "血袋静止后或另行称量低于方案允许下限";
        does: "proposes quarantine or discard in its record", "在记录中建议隔离或报废";
        ends: "the bag, weighed elsewhere, is within the band, or the donation is over", "另行称量达到允许范围，或本次献血结束";
    /// Records wait for the BMS.
    Backlog, "L05", Low, latch = false, outlives = true;
        what: "Records wait for upload", "记录待上传";
        first: "nothing; upload goes on when online", "无需操作；联网后自动上传";
        when: "the receiver does not answer and ten or more records wait for it", "接收方无应答且有十条以上记录待上传";
        does: "keeps every record and tries again", "保留全部记录并自动重试";
        ends: "the receiver answers, or fewer records wait", "接收方恢复应答，或待上传减少";
    /// A thermometer says what it should not, or nothing.
    StorageWrong, "L08", Low, latch = false, outlives = true;
        what: "Storage temperature is not right", "储存温度异常";
        first: "look at the refrigerator and thermometer", "查看冷藏箱及温度计";
        when: "a thermometer is outside its range, or silent, for alarm_after_s, or its certificate has expired", "温度计超出范围或无读数达 alarm_after_s，或检定证书过期";
        does: "journals each temperature; draws go on", "记录温度；采血继续";
        ends: "every thermometer is within its range and its certificate in force", "所有温度计回到范围内且证书有效";
    /// A tube is missing.
    SamplesIncomplete, "L07", Low, latch = false, outlives = false;
        what: "Tubes are missing", "标本管缺失";
        first: "hand the bag over with the tubes there are", "随血袋交接已有标本管";
        when: "a tube is missing by a person's word, or the needle is out before it was filled", "登记标本管缺失，或拔针时尚未留取";
        does: "records the tube and the reason; nothing is held up", "记录缺失的标本管和原因；不阻塞流程";
        ends: "a second attempt begins, or the donation is over", "再次穿刺，或本次献血结束";
    /// The clock is not trusted.
    ClockUntrusted, "L06", Low, latch = false, outlives = true;
        what: "The clock is not trusted", "时钟未确认";
        first: "two people confirm date and time", "由两人确认日期和时间";
        when: "calendar time is neither synchronised nor confirmed", "日历时间未同步也未确认";
        does: "expiry dates are not judged: bags are refused", "无法判断失效日期：血袋被拒绝";
        ends: "the clock is synchronised or confirmed", "时钟已同步或已确认";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_say_their_priority() {
        let mut codes: Vec<_> = AlarmCode::ALL.iter().map(|a| a.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), AlarmCode::ALL.len());
        for a in AlarmCode::ALL {
            let letter = match a.priority() {
                Priority::High => 'H',
                Priority::Medium => 'M',
                Priority::Low => 'L',
            };
            assert!(a.code().starts_with(letter), "{a:?}");
        }
    }

    #[test]
    fn every_row_says_everything_in_both_languages() {
        for code in AlarmCode::ALL {
            let AlarmRow { what, first, when, does, ends } = code.row();
            for words in [what, first, when, does, ends] {
                assert!(words.en.is_ascii() && words.en.len() > 4, "{code:?}: {}", words.en);
                assert!(
                    words.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
                    "{code:?}: {}",
                    words.zh
                );
            }
        }
    }
}
