/* SPDX-License-Identifier: MIT */
/*
 * The subcommands of poweroptsim: the other side of every interface that the daemon has.
 *
 * Pure, with time as an argument: rtu, register_map, sim_fault, trace, car, scenario, tally,
 * appliance, sky, load.
 * At the edge: pty_line, sim_meter (sd-event), pwm_chip, daemon_child, house_view, house_plot.
 */
#ifndef POWEROPT_SIM_SIM_H
#define POWEROPT_SIM_SIM_H

#define SIM_EXIT_USAGE 2

/* The subcommands, as struct verb of term/verbs.h has them. Each returns the exit status. */
int meter_command(int argc, char **argv);
int house_command(int argc, char **argv);
int replay_command(int argc, char **argv);
int load_command(int argc, char **argv);

#endif
