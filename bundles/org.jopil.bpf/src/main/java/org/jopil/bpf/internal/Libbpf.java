// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.internal;

import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Pointer;

/**
 * libbpf 1.1 and later, as far as it is used. Functions that return {@code int} return -errno; the ones that return a
 * pointer return null and set errno. {@code long} stands for {@code size_t}.
 */
public interface Libbpf extends Library {
    int BPF_MAP_TYPE_ARRAY = 2;
    int BPF_MAP_TYPE_PERCPU_HASH = 5;
    int BPF_MAP_TYPE_PERCPU_ARRAY = 6;
    int BPF_MAP_TYPE_LRU_PERCPU_HASH = 10;
    int BPF_MAP_TYPE_ARRAY_OF_MAPS = 12;
    int BPF_MAP_TYPE_RINGBUF = 27;
    int BPF_F_MMAPABLE = 1 << 10;
    int BPF_PROG_TYPE_SCHED_CLS = 3;
    int BPF_PROG_TYPE_XDP = 6;
    int BPF_PROG_TYPE_TRACING = 26;
    int BPF_PROG_TYPE_NETFILTER = 32;
    int BPF_TRACE_RAW_TP = 23;
    int BPF_TRACE_ITER = 28;
    int BPF_CGROUP_INET_SOCK_CREATE = 2;
    int BPF_XDP = 37;
    int BPF_NETFILTER = 45;
    int BPF_TCX_INGRESS = 46;
    int BPF_TCX_EGRESS = 47;
    int BPF_F_XDP_HAS_FRAGS = 1 << 5;
    int BPF_F_BEFORE = 1 << 3;
    int BPF_F_AFTER = 1 << 4;
    int XDP_FLAGS_SKB_MODE = 1 << 1;
    int XDP_FLAGS_DRV_MODE = 1 << 2;
    int BPF_STATS_RUN_TIME = 0;
    int BPF_TC_INGRESS = 1;
    int BPF_TC_EGRESS = 2;

    /** {@code libbpf_print_fn_t}. */
    interface Print extends Callback {
        int print(int level, Pointer format, Pointer arguments);
    }

    Pointer libbpf_set_print(Print print);

    String libbpf_version_string();

    int libbpf_register_prog_handler(String section, int type, int attachType, Pointer options);

    int libbpf_num_possible_cpus();

    Pointer bpf_object__open_mem(Pointer bytes, long size, Pointer options);

    int bpf_object__load(Pointer object);

    void bpf_object__close(Pointer object);

    Pointer bpf_object__find_map_by_name(Pointer object, String name);

    Pointer bpf_object__find_program_by_name(Pointer object, String name);

    Pointer bpf_object__next_map(Pointer object, Pointer before);

    int bpf_map__fd(Pointer map);

    int bpf_map__set_max_entries(Pointer map, int entries);

    int bpf_map__reuse_fd(Pointer map, int fd);

    Pointer bpf_map__initial_value(Pointer map, Pointer size);

    int bpf_program__fd(Pointer program);

    int bpf_program__flags(Pointer program);

    int bpf_program__set_flags(Pointer program, int flags);

    Pointer bpf_object__next_program(Pointer object, Pointer previous);

    String bpf_program__section_name(Pointer program);

    int bpf_program__set_autoload(Pointer program, int wanted);

    int bpf_map_create(int type, String name, int keySize, int valueSize, int maxEntries, Pointer options);

    int bpf_map_lookup_elem(int fd, Pointer key, Pointer value);

    int bpf_map_update_elem(int fd, Pointer key, Pointer value, long flags);

    int bpf_map_delete_elem(int fd, Pointer key);

    int bpf_map_lookup_and_delete_elem(int fd, Pointer key, Pointer value);

    int bpf_map_get_next_key(int fd, Pointer key, Pointer next);

    int bpf_prog_load(int type, String name, String license, Pointer instructions, long count, Pointer options);

    int libbpf_find_vmlinux_btf_id(String name, int attachType);

    int bpf_prog_test_run_opts(int fd, Pointer options);

    int bpf_enable_stats(int type);

    int bpf_prog_get_fd_by_id(int id);

    int bpf_obj_get_info_by_fd(int fd, Pointer info, Pointer length);

    int bpf_link_create(int program, int target, int attachType, Pointer options);

    int bpf_iter_create(int link);

    int bpf_raw_tracepoint_open(String name, int program);

    int bpf_link_detach(int fd);

    int bpf_xdp_query(int ifindex, int flags, Pointer options);

    int bpf_tc_hook_create(Pointer hook);

    int bpf_tc_hook_destroy(Pointer hook);

    int bpf_tc_attach(Pointer hook, Pointer options);

    int bpf_tc_detach(Pointer hook, Pointer options);

    int bpf_tc_query(Pointer hook, Pointer options);
}
