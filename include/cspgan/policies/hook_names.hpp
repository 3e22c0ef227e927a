// clang-format off
// The hooks' names and the names that are close to them, so that a misspelled hook is refused and not ignored.
// Made by tests/policies/make_hook_names.py.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {
namespace detail {

struct HookNames {
  int edit_targets, edit_images, edit_reals, edit_fakes, observe_scores, discriminator_penalty, generator_penalty,
      needs_image_gradients, save, load;
};

struct CloseToEditTargets {
  int deit_targets, dit_targets, eddit_targets, edi_targets, edi_ttargets, ediit_targets, edit__targets, edit_argets,
      edit_atrgets, edit_labels, edit_taargets, edit_tagets, edit_tagrets, edit_taregts, edit_tarets, edit_targeets,
      edit_targes, edit_targest, edit_target, edit_targetss, edit_targetts, edit_targgets, edit_targtes, edit_targts,
      edit_tarrgets, edit_tragets, edit_trgets, edit_ttargets, editt_argets, editt_targets, edittargets, edt_targets,
      edti_targets, eedit_targets, eidt_targets, eit_targets;
};
/// T derives from a policy and from CloseToEditTargets: a name that both have is ambiguous.
template <class T>
concept HasNoneCloseToEditTargets = requires {
  &T::deit_targets; &T::dit_targets; &T::eddit_targets; &T::edi_targets; &T::edi_ttargets; &T::ediit_targets;
  &T::edit__targets; &T::edit_argets; &T::edit_atrgets; &T::edit_labels; &T::edit_taargets; &T::edit_tagets;
  &T::edit_tagrets; &T::edit_taregts; &T::edit_tarets; &T::edit_targeets; &T::edit_targes; &T::edit_targest;
  &T::edit_target; &T::edit_targetss; &T::edit_targetts; &T::edit_targgets; &T::edit_targtes; &T::edit_targts;
  &T::edit_tarrgets; &T::edit_tragets; &T::edit_trgets; &T::edit_ttargets; &T::editt_argets; &T::editt_targets;
  &T::edittargets; &T::edt_targets; &T::edti_targets; &T::eedit_targets; &T::eidt_targets; &T::eit_targets;
};

struct CloseToEditImages {
  int augment_images, deit_images, dit_images, eddit_images, edi_images, edi_timages, ediit_images, edit__images,
      edit_iages, edit_iamges, edit_iimages, edit_imaages, edit_imaegs, edit_imaes, edit_image, edit_imagees,
      edit_imagess, edit_imagges, edit_imags, edit_imagse, edit_imgaes, edit_imges, edit_immages, edit_mages,
      edit_miages, editi_mages, editimages, edits_images, editt_images, edt_images, edti_images, eedit_images,
      eidt_images, eit_images;
};
/// T derives from a policy and from CloseToEditImages: a name that both have is ambiguous.
template <class T>
concept HasNoneCloseToEditImages = requires {
  &T::augment_images; &T::deit_images; &T::dit_images; &T::eddit_images; &T::edi_images; &T::edi_timages;
  &T::ediit_images; &T::edit__images; &T::edit_iages; &T::edit_iamges; &T::edit_iimages; &T::edit_imaages;
  &T::edit_imaegs; &T::edit_imaes; &T::edit_image; &T::edit_imagees; &T::edit_imagess; &T::edit_imagges;
  &T::edit_imags; &T::edit_imagse; &T::edit_imgaes; &T::edit_imges; &T::edit_immages; &T::edit_mages;
  &T::edit_miages; &T::editi_mages; &T::editimages; &T::edits_images; &T::editt_images; &T::edt_images;
  &T::edti_images; &T::eedit_images; &T::eidt_images; &T::eit_images;
};

struct CloseToEditReals {
  int deit_reals, dit_reals, eddit_reals, edi_reals, edi_treals, ediit_reals, edit__reals, edit_eals, edit_erals,
      edit_raels, edit_rals, edit_reaals, edit_real, edit_realls, edit_realss, edit_reas, edit_reasl, edit_reeals,
      edit_relas, edit_rels, edit_rreals, editr_eals, editreals, edits_reals, editt_reals, edt_reals, edti_reals,
      eedit_reals, eidt_reals, eit_reals;
};
/// T derives from a policy and from CloseToEditReals: a name that both have is ambiguous.
template <class T>
concept HasNoneCloseToEditReals = requires {
  &T::deit_reals; &T::dit_reals; &T::eddit_reals; &T::edi_reals; &T::edi_treals; &T::ediit_reals; &T::edit__reals;
  &T::edit_eals; &T::edit_erals; &T::edit_raels; &T::edit_rals; &T::edit_reaals; &T::edit_real; &T::edit_realls;
  &T::edit_realss; &T::edit_reas; &T::edit_reasl; &T::edit_reeals; &T::edit_relas; &T::edit_rels; &T::edit_rreals;
  &T::editr_eals; &T::editreals; &T::edits_reals; &T::editt_reals; &T::edt_reals; &T::edti_reals; &T::eedit_reals;
  &T::eidt_reals; &T::eit_reals;
};

struct CloseToEditFakes {
  int deit_fakes, dit_fakes, eddit_fakes, edi_fakes, edi_tfakes, ediit_fakes, edit__fakes, edit_afkes, edit_akes,
      edit_faakes, edit_faeks, edit_faes, edit_fake, edit_fakees, edit_fakess, edit_fakkes, edit_faks, edit_fakse,
      edit_ffakes, edit_fkaes, edit_fkes, editf_akes, editfakes, edits_fakes, editt_fakes, edt_fakes, edti_fakes,
      eedit_fakes, eidt_fakes, eit_fakes;
};
/// T derives from a policy and from CloseToEditFakes: a name that both have is ambiguous.
template <class T>
concept HasNoneCloseToEditFakes = requires {
  &T::deit_fakes; &T::dit_fakes; &T::eddit_fakes; &T::edi_fakes; &T::edi_tfakes; &T::ediit_fakes; &T::edit__fakes;
  &T::edit_afkes; &T::edit_akes; &T::edit_faakes; &T::edit_faeks; &T::edit_faes; &T::edit_fake; &T::edit_fakees;
  &T::edit_fakess; &T::edit_fakkes; &T::edit_faks; &T::edit_fakse; &T::edit_ffakes; &T::edit_fkaes; &T::edit_fkes;
  &T::editf_akes; &T::editfakes; &T::edits_fakes; &T::editt_fakes; &T::edt_fakes; &T::edti_fakes; &T::eedit_fakes;
  &T::eidt_fakes; &T::eit_fakes;
};

struct CloseToObserveScores {
  int boserve_scores, bserve_scores, obbserve_scores, oberve_scores, obesrve_scores, obseerve_scores, obsere_scores,
      obserev_scores, obserrve_scores, observ_escores, observ_scores, observe__scores, observe_cores, observe_csores,
      observe_sccores, observe_scoers, observe_scoes, observe_scoores, observe_score, observe_scorees,
      observe_scoress, observe_scorres, observe_scors, observe_scorse, observe_scres, observe_scroes, observe_socres,
      observe_sores, observe_sscores, observee_scores, observes_cores, observes_scores, observescores,
      observve_scores, obseve_scores, obsevre_scores, obsreve_scores, obsrve_scores, obsserve_scores,
      oobserve_scores, osberve_scores, oserve_scores;
};
/// T derives from a policy and from CloseToObserveScores: a name that both have is ambiguous.
template <class T>
concept HasNoneCloseToObserveScores = requires {
  &T::boserve_scores; &T::bserve_scores; &T::obbserve_scores; &T::oberve_scores; &T::obesrve_scores;
  &T::obseerve_scores; &T::obsere_scores; &T::obserev_scores; &T::obserrve_scores; &T::observ_escores;
  &T::observ_scores; &T::observe__scores; &T::observe_cores; &T::observe_csores; &T::observe_sccores;
  &T::observe_scoers; &T::observe_scoes; &T::observe_scoores; &T::observe_score; &T::observe_scorees;
  &T::observe_scoress; &T::observe_scorres; &T::observe_scors; &T::observe_scorse; &T::observe_scres;
  &T::observe_scroes; &T::observe_socres; &T::observe_sores; &T::observe_sscores; &T::observee_scores;
  &T::observes_cores; &T::observes_scores; &T::observescores; &T::observve_scores; &T::obseve_scores;
  &T::obsevre_scores; &T::obsreve_scores; &T::obsrve_scores; &T::obsserve_scores; &T::oobserve_scores;
  &T::osberve_scores; &T::oserve_scores;
};

struct CloseToDiscriminatorPenalty {
  int ddiscriminator_penalty, dicriminator_penalty, dicsriminator_penalty, diiscriminator_penalty,
      disccriminator_penalty, disciminator_penalty, discirminator_penalty, discriiminator_penalty,
      discriimnator_penalty, discriinator_penalty, discrimiantor_penalty, discrimiator_penalty,
      discrimiinator_penalty, discriminaator_penalty, discriminaor_penalty, discriminaotr_penalty,
      discriminato_penalty, discriminato_rpenalty, discriminatoor_penalty, discriminator__penalty,
      discriminator_enalty, discriminator_epnalty, discriminator_pealty, discriminator_peanlty,
      discriminator_peenalty, discriminator_penaalty, discriminator_penallty, discriminator_penalt,
      discriminator_penalties, discriminator_penaltty, discriminator_penaltyy, discriminator_penaly,
      discriminator_penalyt, discriminator_penatly, discriminator_penaty, discriminator_penlaty,
      discriminator_penlty, discriminator_pennalty, discriminator_pnalty, discriminator_pnealty,
      discriminator_ppenalty, discriminator_regularizer, discriminatorp_enalty, discriminatorpenalty,
      discriminatorr_penalty, discriminatr_penalty, discriminatro_penalty, discriminattor_penalty,
      discriminnator_penalty, discrimintaor_penalty, discrimintor_penalty, discrimminator_penalty,
      discrimnator_penalty, discrimniator_penalty, discrmiinator_penalty, discrminator_penalty,
      discrriminator_penalty, disrciminator_penalty, disriminator_penalty, disscriminator_penalty,
      dscriminator_penalty, dsicriminator_penalty, idscriminator_penalty, iscriminator_penalty,
      penalty_discriminator;
};
/// T derives from a policy and from CloseToDiscriminatorPenalty: a name that both have is ambiguous.
template <class T>
concept HasNoneCloseToDiscriminatorPenalty = requires {
  &T::ddiscriminator_penalty; &T::dicriminator_penalty; &T::dicsriminator_penalty; &T::diiscriminator_penalty;
  &T::disccriminator_penalty; &T::disciminator_penalty; &T::discirminator_penalty; &T::discriiminator_penalty;
  &T::discriimnator_penalty; &T::discriinator_penalty; &T::discrimiantor_penalty; &T::discrimiator_penalty;
  &T::discrimiinator_penalty; &T::discriminaator_penalty; &T::discriminaor_penalty; &T::discriminaotr_penalty;
  &T::discriminato_penalty; &T::discriminato_rpenalty; &T::discriminatoor_penalty; &T::discriminator__penalty;
  &T::discriminator_enalty; &T::discriminator_epnalty; &T::discriminator_pealty; &T::discriminator_peanlty;
  &T::discriminator_peenalty; &T::discriminator_penaalty; &T::discriminator_penallty; &T::discriminator_penalt;
  &T::discriminator_penalties; &T::discriminator_penaltty; &T::discriminator_penaltyy; &T::discriminator_penaly;
  &T::discriminator_penalyt; &T::discriminator_penatly; &T::discriminator_penaty; &T::discriminator_penlaty;
  &T::discriminator_penlty; &T::discriminator_pennalty; &T::discriminator_pnalty; &T::discriminator_pnealty;
  &T::discriminator_ppenalty; &T::discriminator_regularizer; &T::discriminatorp_enalty; &T::discriminatorpenalty;
  &T::discriminatorr_penalty; &T::discriminatr_penalty; &T::discriminatro_penalty; &T::discriminattor_penalty;
  &T::discriminnator_penalty; &T::discrimintaor_penalty; &T::discrimintor_penalty; &T::discrimminator_penalty;
  &T::discrimnator_penalty; &T::discrimniator_penalty; &T::discrmiinator_penalty; &T::discrminator_penalty;
  &T::discrriminator_penalty; &T::disrciminator_penalty; &T::disriminator_penalty; &T::disscriminator_penalty;
  &T::dscriminator_penalty; &T::dsicriminator_penalty; &T::idscriminator_penalty; &T::iscriminator_penalty;
  &T::penalty_discriminator;
};

struct CloseToGeneratorPenalty {
  int egnerator_penalty, enerator_penalty, geenerator_penalty, geenrator_penalty, geerator_penalty,
      geneartor_penalty, geneator_penalty, geneerator_penalty, generaator_penalty, generaor_penalty,
      generaotr_penalty, generato_penalty, generato_rpenalty, generatoor_penalty, generator__penalty,
      generator_enalty, generator_epnalty, generator_pealty, generator_peanlty, generator_peenalty,
      generator_penaalty, generator_penallty, generator_penalt, generator_penalties, generator_penaltty,
      generator_penaltyy, generator_penaly, generator_penalyt, generator_penatly, generator_penaty,
      generator_penlaty, generator_penlty, generator_pennalty, generator_pnalty, generator_pnealty,
      generator_ppenalty, generator_regularizer, generatorp_enalty, generatorpenalty, generatorr_penalty,
      generatr_penalty, generatro_penalty, generattor_penalty, generrator_penalty, genertaor_penalty,
      genertor_penalty, gennerator_penalty, genrator_penalty, genreator_penalty, ggenerator_penalty,
      gneerator_penalty, gnerator_penalty, penalty_generator;
};
/// T derives from a policy and from CloseToGeneratorPenalty: a name that both have is ambiguous.
template <class T>
concept HasNoneCloseToGeneratorPenalty = requires {
  &T::egnerator_penalty; &T::enerator_penalty; &T::geenerator_penalty; &T::geenrator_penalty; &T::geerator_penalty;
  &T::geneartor_penalty; &T::geneator_penalty; &T::geneerator_penalty; &T::generaator_penalty; &T::generaor_penalty;
  &T::generaotr_penalty; &T::generato_penalty; &T::generato_rpenalty; &T::generatoor_penalty; &T::generator__penalty;
  &T::generator_enalty; &T::generator_epnalty; &T::generator_pealty; &T::generator_peanlty; &T::generator_peenalty;
  &T::generator_penaalty; &T::generator_penallty; &T::generator_penalt; &T::generator_penalties;
  &T::generator_penaltty; &T::generator_penaltyy; &T::generator_penaly; &T::generator_penalyt; &T::generator_penatly;
  &T::generator_penaty; &T::generator_penlaty; &T::generator_penlty; &T::generator_pennalty; &T::generator_pnalty;
  &T::generator_pnealty; &T::generator_ppenalty; &T::generator_regularizer; &T::generatorp_enalty;
  &T::generatorpenalty; &T::generatorr_penalty; &T::generatr_penalty; &T::generatro_penalty; &T::generattor_penalty;
  &T::generrator_penalty; &T::genertaor_penalty; &T::genertor_penalty; &T::gennerator_penalty; &T::genrator_penalty;
  &T::genreator_penalty; &T::ggenerator_penalty; &T::gneerator_penalty; &T::gnerator_penalty; &T::penalty_generator;
};

struct CloseToNeedsImageGradients {
  int eeds_image_gradients, eneds_image_gradients, nedes_image_gradients, neds_image_gradients, need_image_gradients,
      need_simage_gradients, needds_image_gradients, needs__image_gradients, needs_gradients, needs_iage_gradients,
      needs_iamge_gradients, needs_iimage_gradients, needs_imaage_gradients, needs_imae_gradients,
      needs_imaeg_gradients, needs_imag_egradients, needs_imag_gradients, needs_image__gradients,
      needs_image_gadients, needs_image_gardients, needs_image_ggradients, needs_image_graadients,
      needs_image_graddients, needs_image_gradeints, needs_image_gradents, needs_image_gradieents,
      needs_image_gradiennts, needs_image_gradiens, needs_image_gradienst, needs_image_gradient,
      needs_image_gradientss, needs_image_gradientts, needs_image_gradietns, needs_image_gradiets,
      needs_image_gradiients, needs_image_gradinets, needs_image_gradints, needs_image_graidents,
      needs_image_graients, needs_image_grdaients, needs_image_grdients, needs_image_grradients,
      needs_image_radients, needs_image_rgadients, needs_imagee_gradients, needs_imageg_radients,
      needs_imagegradients, needs_images_gradients, needs_imagge_gradients, needs_imgae_gradients,
      needs_imge_gradients, needs_immage_gradients, needs_mage_gradients, needs_miage_gradients,
      needsi_mage_gradients, needsimage_gradients, needss_image_gradients, neeeds_image_gradients,
      nees_image_gradients, neesd_image_gradients, nneeds_image_gradients;
};
/// T derives from a policy and from CloseToNeedsImageGradients: a name that both have is ambiguous.
template <class T>
concept HasNoneCloseToNeedsImageGradients = requires {
  &T::eeds_image_gradients; &T::eneds_image_gradients; &T::nedes_image_gradients; &T::neds_image_gradients;
  &T::need_image_gradients; &T::need_simage_gradients; &T::needds_image_gradients; &T::needs__image_gradients;
  &T::needs_gradients; &T::needs_iage_gradients; &T::needs_iamge_gradients; &T::needs_iimage_gradients;
  &T::needs_imaage_gradients; &T::needs_imae_gradients; &T::needs_imaeg_gradients; &T::needs_imag_egradients;
  &T::needs_imag_gradients; &T::needs_image__gradients; &T::needs_image_gadients; &T::needs_image_gardients;
  &T::needs_image_ggradients; &T::needs_image_graadients; &T::needs_image_graddients; &T::needs_image_gradeints;
  &T::needs_image_gradents; &T::needs_image_gradieents; &T::needs_image_gradiennts; &T::needs_image_gradiens;
  &T::needs_image_gradienst; &T::needs_image_gradient; &T::needs_image_gradientss; &T::needs_image_gradientts;
  &T::needs_image_gradietns; &T::needs_image_gradiets; &T::needs_image_gradiients; &T::needs_image_gradinets;
  &T::needs_image_gradints; &T::needs_image_graidents; &T::needs_image_graients; &T::needs_image_grdaients;
  &T::needs_image_grdients; &T::needs_image_grradients; &T::needs_image_radients; &T::needs_image_rgadients;
  &T::needs_imagee_gradients; &T::needs_imageg_radients; &T::needs_imagegradients; &T::needs_images_gradients;
  &T::needs_imagge_gradients; &T::needs_imgae_gradients; &T::needs_imge_gradients; &T::needs_immage_gradients;
  &T::needs_mage_gradients; &T::needs_miage_gradients; &T::needsi_mage_gradients; &T::needsimage_gradients;
  &T::needss_image_gradients; &T::neeeds_image_gradients; &T::nees_image_gradients; &T::neesd_image_gradients;
  &T::nneeds_image_gradients;
};

struct CloseToSave {
  int asve, ave, saave, sae, saev, sav, save_state, savee, saves, savve, ssave, svae, sve;
};
/// T derives from a policy and from CloseToSave: a name that both have is ambiguous.
template <class T>
concept HasNoneCloseToSave = requires {
  &T::asve; &T::ave; &T::saave; &T::sae; &T::saev; &T::sav; &T::save_state; &T::savee; &T::saves; &T::savve;
  &T::ssave; &T::svae; &T::sve;
};

struct CloseToLoad {
  int lad, laod, lload, loa, loaad, load_state, loadd, loads, lod, loda, looad, oad, olad;
};
/// T derives from a policy and from CloseToLoad: a name that both have is ambiguous.
template <class T>
concept HasNoneCloseToLoad = requires {
  &T::lad; &T::laod; &T::lload; &T::loa; &T::loaad; &T::load_state; &T::loadd; &T::loads; &T::lod; &T::loda;
  &T::looad; &T::oad; &T::olad;
};

}  // namespace detail
}  // namespace cspgan
