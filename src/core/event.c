/* SPDX-License-Identifier: MIT */
#include "core/event.h"

#include <stddef.h>

/* IDs are random, from systemd-id128 new. Programs of others search for them: never change one. */
static const struct {
	const char *name;
	const char *id;
} events[EVENT_COUNT] = {
	[EVENT_STARTING] = {"starting", "8854c748f83a414fa3e2cbef85b8f887"},
	[EVENT_DISABLED] = {"disabled", "1da97207e48644ac80ebae42bb27ed6d"},
	[EVENT_CHARGING] = {"charging", "a62f88069c714187a5db41f77ef23d2b"},
	[EVENT_LIMITED] = {"limited", "c83a3cb18c9a4ebe9068e653f79300e9"},
	[EVENT_PAUSED] = {"paused", "10031ac12f72466482a222ff5cab0956"},
	[EVENT_FAILSAFE] = {"failsafe", "3a07c1d7a7e04f84a6f364f980237f17"},
	[EVENT_METER_LOST] = {"meter-lost", "cf9cea99e0bb45349c0deac2bf4e6980"},
	[EVENT_METER_IMPLAUSIBLE] = {"meter-implausible", "c6857881df7d4b9bb930abba84c3ca83"},
	[EVENT_METER_SELFTEST] = {"meter-selftest", "8f91fbbc1c934554b8d8fedbd2a6c168"},
	[EVENT_METER_UNKNOWN] = {"meter-unknown", "8ed35b01cafc40138bada3a7e9f38771"},
	[EVENT_METER_REVERSED] = {"meter-reversed", "01e399a75fbf43d69d877bd212fb0c92"},
	[EVENT_PHASE_MISSING] = {"phase-missing", "97243621b5af420e8bf5b10ee33cdc61"},
	[EVENT_DIP_UNREADABLE] = {"dip-unreadable", "c58b82b1b35e4105902623f7c8a7787a"},
	[EVENT_OUTPUT_FAILED] = {"output-failed", "cfa77bbea5c748b9b71f38b47ceaf246"},
	[EVENT_CHARGER_RUNAWAY] = {"charger-runaway", "a892088af64745b5b3e932067f0f042b"},
	[EVENT_LOOP_STALLED] = {"loop-stalled", "b81b2967b1a24c55b22b1d6faee68559"},
	[EVENT_FAULT_OVER] = {"fault-over", "497b649519c54e558e430e7287385443"},
	[EVENT_STARTED] = {"started", "9b2a7586b4664d4a8426318eeb20a9f9"},
	[EVENT_RESTART_RECALLED] = {"restart-recalled", "df034bf1a1de44098d1afafe2f39aa3d"},
	[EVENT_STOPPING] = {"stopping", "7a14b14b35344579a4e4de475bb92f0b"},
	[EVENT_SAFE_WRITTEN] = {"safe-written", "83e9b0c9ae5546d6b96dfbdae5f89303"},
	[EVENT_SAFE_FAILED] = {"safe-failed", "f26e3692ccc64371a58d2737714fdec5"},
	[EVENT_NO_OUTPUT] = {"no-output", "e4fa4bbe55284dcea22f7d62c0a26dba"},
	[EVENT_CONFIG_ERROR] = {"config-error", "95db1baf92dc49c79b5c09701dd2ebad"},
	[EVENT_CONFIG_RELOADED] = {"config-reloaded", "6699140698254f969d2b402b3c186eb7"},
	[EVENT_CONFIG_REJECTED] = {"config-rejected", "46d359b7ff6346dd9d1e7a31f0ca8636"},
	[EVENT_SETTINGS_NOT_KEPT] = {"settings-not-kept", "93bfb68509794aecaf0e361f7cb174fe"},
	[EVENT_DIP_CHANGED] = {"dip-changed", "b0927bc8c26948f19f39ae9489130681"},
	[EVENT_DIP_DISABLED] = {"dip-disabled", "ffa29dd7432e47b881ed26748ac7db96"},
	[EVENT_LIMIT_CAPPED] = {"limit-capped", "cad99755ff6741b5a748686471cb6dc4"},
	[EVENT_METER_FOUND] = {"meter-found", "e4580682b5f64aa6bf23d655b16010dd"},
	[EVENT_METER_MISMATCH] = {"meter-mismatch", "72d3c086bd7047ffa208c53cdd939517"},
	[EVENT_METER_DEVICE] = {"meter-device", "3e3fc156d14f418a8e1b6e75f5409f3c"},
	[EVENT_METER_SILENT] = {"meter-silent", "2bf43480193542f4b8fb7702b41a8a7d"},
	[EVENT_METER_DAMAGED] = {"meter-damaged", "02d262998fa34fbcb25edb7a7b8f260e"},
	[EVENT_METER_REFUSES] = {"meter-refuses", "0e72bda4fdec427486881c2d56c6c10b"},
	[EVENT_METER_FOREIGN] = {"meter-foreign", "0abcceb746a649e7a314696b7c4547a7"},
	[EVENT_METER_VALUES] = {"meter-values", "25c0bef0e45f4c498c7293ea40bb8263"},
	[EVENT_METER_ANSWERS] = {"meter-answers", "851f76d20aa847a1a09100d4d6658a04"},
	[EVENT_PORT_SHARED] = {"port-shared", "47900ba6b90c416c9ce93180edf4d377"},
	[EVENT_ERROR_REGISTER] = {"error-register", "8b7684033bd8432e91d6ec60f97710ce"},
	[EVENT_PHASE_DEAD] = {"phase-dead", "14456b17a5e64f23bc5e2c2a1f7ddd27"},
	[EVENT_EXPORT_SEEN] = {"export-seen", "c28ea1270798425db5015b9ecdbe4507"},
	[EVENT_HOUSE_OVERLOAD] = {"house-overload", "c90a4cdd5d9d4ae5b07d9a6387554a4d"},
	[EVENT_OUTPUT_OVERWRITTEN] = {"output-overwritten", "29051fb7646f4495b8acedd50821ede7"},
	[EVENT_OUTPUT_NOTICE] = {"output-notice", "d9a783b10b5141dfbeae4ef6a054a09c"},
	[EVENT_OUTPUT_WORKS] = {"output-works", "c06576430daa47cdbba65d1057cdc173"},
	[EVENT_FAULT_LED] = {"fault-led", "9fe4ee8a7ea6443189466980afe49202"},
	[EVENT_BUS_LOST] = {"bus-lost", "ecc76a8d277b434a9772e0164dc64b58"},
	[EVENT_BUS_BACK] = {"bus-back", "c69c900935f84123ada83e778482df85"},
};

const char *event_name(enum event event)
{
	return (int)event >= 0 && event < EVENT_COUNT ? events[event].name : NULL;
}

const char *event_id(enum event event)
{
	return (int)event >= 0 && event < EVENT_COUNT ? events[event].id : NULL;
}

enum event event_of_state(enum regulator_state state)
{
	_Static_assert((int)EVENT_FAILSAFE == (int)REGULATOR_FAILSAFE, "the states come first");
	return (enum event)(EVENT_STARTING + (int)state);
}

enum event event_of_fault(enum fault fault)
{
	_Static_assert(
		EVENT_FAULT_OVER - EVENT_METER_LOST == (int)FAULT_COUNT, "one for each fault");
	return (enum event)(EVENT_METER_LOST + (int)fault);
}
